/** Containers in Docker's words and in ours. */
import type Docker from 'dockerode'
import { earliest, type Instant, parseTimestamp } from '../../../lib/time.ts'
import type { ContainerSpec, ContainerState, EngineHealth, PublishedPort } from './engine.ts'

const nanos = (milliseconds: number): number => milliseconds * 1_000_000
const cpuPeriodMicros = 100_000

/** The body of Docker's create call. Ports are bound on IPv4 alone, as ECS reports them. */
export function createOptions(spec: ContainerSpec): Docker.ContainerCreateOptions {
  const portName = (port: PublishedPort): string => `${port.containerPort}/${port.protocol}`
  const published = spec.networkMode === 'bridge' ? spec.ports : []
  const bindings = Object.groupBy(published, portName)
  return {
    name: spec.name,
    Image: spec.image,
    Labels: { ...spec.labels },
    Env: [...spec.environment],
    StopTimeout: Math.ceil(spec.stopTimeout / 1000),
    ...(spec.entryPoint === undefined ? {} : { Entrypoint: [...spec.entryPoint] }),
    ...(spec.command === undefined ? {} : { Cmd: [...spec.command] }),
    ...(spec.workingDirectory === undefined ? {} : { WorkingDir: spec.workingDirectory }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
    ...(spec.interactive === undefined ? {} : { OpenStdin: spec.interactive }),
    ...(spec.pseudoTerminal === undefined ? {} : { Tty: spec.pseudoTerminal }),
    ...(spec.healthCheck === undefined
      ? {}
      : {
          Healthcheck: {
            Test: [...spec.healthCheck.command],
            Interval: nanos(spec.healthCheck.interval),
            Timeout: nanos(spec.healthCheck.timeout),
            Retries: spec.healthCheck.retries,
            StartPeriod: nanos(spec.healthCheck.startPeriod),
          },
        }),
    ExposedPorts: Object.fromEntries(published.map((port) => [portName(port), {}])),
    HostConfig: {
      NetworkMode: spec.networkMode,
      PortBindings: Object.fromEntries(
        Object.entries(bindings).map(([name, ports]) => [
          name,
          (ports ?? []).map(({ hostPort }) => ({
            HostIp: '0.0.0.0',
            HostPort: hostPort === 0 ? '' : String(hostPort),
          })),
        ]),
      ),
      ...(spec.cpuShares === undefined ? {} : { CpuShares: spec.cpuShares }),
      ...(spec.cpuLimit === undefined
        ? {}
        : { CpuPeriod: cpuPeriodMicros, CpuQuota: Math.round(spec.cpuLimit * cpuPeriodMicros) }),
      ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes }),
      ...(spec.memoryReservationBytes === undefined ? {} : { MemoryReservation: spec.memoryReservationBytes }),
      ...(spec.mounts === undefined || spec.mounts.length === 0
        ? {}
        : { Binds: spec.mounts.map(({ source, target, readOnly }) => `${source}:${target}${readOnly ? ':ro' : ''}`) }),
      ...(spec.privileged === undefined ? {} : { Privileged: spec.privileged }),
      ...(spec.readonlyRootFilesystem === undefined ? {} : { ReadonlyRootfs: spec.readonlyRootFilesystem }),
    },
  }
}

/** Docker's zero time, `0001-01-01T00:00:00Z`, means never. */
function time(text: string | undefined): Instant | undefined {
  return text === undefined || text === '' || text.startsWith('0001-') ? undefined : parseTimestamp(text)
}

const healths: Readonly<Record<string, EngineHealth>> = {
  starting: 'starting',
  healthy: 'healthy',
  unhealthy: 'unhealthy',
}
export const healthOf = (docker: string | undefined): EngineHealth => healths[docker ?? ''] ?? 'none'

/** The bindings that are in force, without IPv6, in order. */
export function portsOf(ports: Docker.ContainerInspectInfo['NetworkSettings']['Ports'] | null): PublishedPort[] {
  return Object.entries(ports ?? {})
    .flatMap(([name, bindings]) => {
      const [port, protocol] = name.split('/')
      return ((bindings ?? []) as { HostIp: string; HostPort: string }[])
        .filter(({ HostIp }) => !HostIp.includes(':'))
        .map(
          ({ HostPort }): PublishedPort => ({
            containerPort: Number(port),
            protocol: protocol === 'udp' ? 'udp' : 'tcp',
            hostPort: Number(HostPort),
          }),
        )
    })
    .sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort)
}

/** Docker's paused and restarting count as running, dead and removing as exited. */
function statusOf(state: Docker.ContainerInspectInfo['State']): ContainerState['status'] {
  if (state.Running || state.Paused || state.Restarting) return 'running'
  return state.Status === 'created' ? 'created' : 'exited'
}

/** What `inspect` returned, as ours. */
export function containerState(info: Docker.ContainerInspectInfo): ContainerState {
  const status = statusOf(info.State)
  const finishedAt = status === 'exited' ? time(info.State.FinishedAt) : undefined
  const started = time(info.State.StartedAt)
  // Docker notes a start once its own work on it is done: a quick process has ended by then, by containerd's clock.
  const startedAt = started === undefined ? undefined : earliest(started, finishedAt)
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    image: info.Config.Image,
    labels: info.Config.Labels ?? {},
    status,
    startedAt,
    finishedAt,
    exitCode: status === 'exited' && startedAt !== undefined ? info.State.ExitCode : undefined,
    outOfMemory: info.State.OOMKilled,
    health: status === 'running' ? healthOf(info.State.Health?.Status) : 'none',
    ports: portsOf(info.NetworkSettings.Ports),
  }
}
