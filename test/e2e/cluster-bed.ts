/** A bed for tests of several real processes: servers, agents, their folder, their containers; all of it goes with the bed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ResourceClient } from '../../api/client/client.ts'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import { newKeyFile } from '../../api/registry/sealing/keyring.ts'
import { Lease } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { systemNamespace } from '../../api/v1/well-known.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { gantry } from './cli-gantry.ts'
import { EngineLedger } from './cluster-ledger.ts'
import { GantryProcess } from './cluster-process.ts'

export interface AgentPlace {
  readonly name: string
  readonly zone: string
  /** Whose URL it is given. */
  readonly server: GantryProcess
  /** And of which others. */
  readonly others?: readonly GantryProcess[]
}

export class ClusterBed implements AsyncDisposable {
  readonly directory: string
  readonly ledger: EngineLedger
  readonly signal: AbortSignal
  readonly #life = new AbortController()
  readonly #suffix: string
  readonly #processes: GantryProcess[] = []
  readonly #instances = new Set<string>()

  private constructor(directory: string) {
    this.directory = directory
    this.signal = this.#life.signal
    this.ledger = new EngineLedger(this.signal)
    const random = directory
      .slice(-6)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')
    this.#suffix = `${random}-${process.pid}`
  }

  static async make(): Promise<ClusterBed> {
    await ensureBookstoreImage()
    const directory = await mkdtemp(join(tmpdir(), 'gantry-bed-'))
    await writeFile(join(directory, 'encryption-keys'), newKeyFile('bed'), { mode: 0o600 })
    return new ClusterBed(directory)
  }

  /** The name of an instance here: no other test has it, nor its containers. */
  instance(short: string): string {
    return `${short}-${this.#suffix}`
  }

  async start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<GantryProcess> {
    const started = new GantryProcess(args, env)
    this.#processes.push(started)
    await started.start()
    return started
  }

  /** A `gantry server` on etcd. */
  server(name: string, etcd: string, ...flags: readonly string[]): Promise<GantryProcess> {
    const own = ['--data-dir', join(this.directory, name), '--listen', '127.0.0.1:0']
    const keys = ['--encryption-key-file', join(this.directory, 'encryption-keys')]
    return this.start(['server', '--store', 'etcd', '--etcd-endpoints', etcd, ...own, ...keys, ...flags])
  }

  /** A `gantry agent` with a share of this machine, which joins by URL and a token for that. */
  async agent({ name, zone, server, others = [] }: AgentPlace): Promise<GantryProcess> {
    const made = await gantry(['token', 'create', '--kubeconfig', server.kubeConfig])
    if (made.code !== 0) throw new Error(`gantry token create: ${made.err}`)
    await this.follow(name)
    const share = ['--zone', zone, '--cpu', '1024', '--memory', '512']
    const urls = [server, ...others].map(({ url }) => url).join(',')
    const joins = ['--server', urls, '--token', made.out.trim(), '--data-dir', join(this.directory, `agent-${name}`)]
    return this.start(['agent', ...joins, '--name', this.instance(name), ...share])
  }

  /** A `gantry up` with an instance of this name. */
  async up(name: string, env: Readonly<Record<string, string>> = {}): Promise<GantryProcess> {
    await this.follow(name)
    const own = ['--data-dir', join(this.directory, 'up'), '--listen', '127.0.0.1:0', '--name', this.instance(name)]
    return this.start(['up', ...own], env)
  }

  /** Writes down what the engine does for an instance, from now on. */
  async follow(name: string): Promise<void> {
    this.#instances.add(this.instance(name))
    await this.ledger.follow(this.instance(name))
  }

  /** Ids of the running containers of an instance (short name). */
  async running(name: string): Promise<readonly string[]> {
    const listed = (await this.containers(name)).filter(({ State }) => State === 'running').map(({ Id }) => Id)
    // For a moment after a container's end the engine still lists it as running; to inspect it shows the truth.
    const running = await Promise.all(
      listed.map((id) =>
        docker
          .getContainer(id)
          .inspect()
          .then(({ State }) => State.Running),
      ),
    )
    return listed.filter((_, at) => running[at])
  }

  containers(name: string) {
    const label = [`gantry.dev/container-instance=${this.instance(name)}`]
    return docker.listContainers({ all: true, filters: { label } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.kill('SIGKILL')))
    this.#life.abort(new Error('the test is over'))
    for (const label of this.#instances) {
      const left = await docker.listContainers({
        all: true,
        filters: { label: [`gantry.dev/container-instance=${label}`] },
      })
      await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
    }
    await rm(this.directory, { recursive: true, force: true })
  }
}

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }

/** A client of one server. */
export const clientOf = (server: GantryProcess): ResourceClient => kubernetesClient(server.kubeConfig, parts)

/** `gantry apply`, as a user of `server` types it. */
export async function apply(server: GantryProcess, text: string): Promise<void> {
  const { code, err } = await gantry(['apply', '-f', '-', '--kubeconfig', server.kubeConfig], { stdin: text })
  if (code !== 0) throw new Error(`gantry apply: ${err}`)
}

/** Changes the desired count. */
export const scale = (client: ResourceClient, name: string, desiredCount: number, signal: AbortSignal) =>
  client.patch(Service, { namespace: 'default', name }, { type: 'merge', body: { spec: { desiredCount } } }, signal)

/** Waits until the service runs `count` tasks and its newest deployment is complete; with `definition`: one of that. */
export const steady = (
  client: ResourceClient,
  name: string,
  count: number,
  signal: AbortSignal,
  definition?: string,
): Promise<Service> =>
  until(
    `${name} is steady with ${count}${definition === undefined ? '' : ` of ${definition}`}`,
    async () => {
      const one = await client.get(Service, { namespace: 'default', name }, signal)
      const { runningCount, pendingCount, stoppingCount, rolloutState, observedGeneration } = one.status ?? {}
      const isAsked = definition === undefined || one.status?.taskDefinition === definition
      const seen = isAsked && observedGeneration === one.metadata.generation && rolloutState === 'COMPLETED'
      return seen && runningCount === count && (pendingCount ?? 0) === 0 && (stoppingCount ?? 0) === 0 && one
    },
    60,
  )

/** Process id of the server whose controllers lead; undefined when none does. */
export async function leaderPid(client: ResourceClient, signal: AbortSignal): Promise<number | undefined> {
  const lease = await client.get(Lease, { namespace: systemNamespace, name: 'gantry-controllers' }, signal)
  const pid = /-(\d+)-[^-]+$/.exec(lease.spec.holderIdentity ?? '')?.[1]
  return pid === undefined ? undefined : Number(pid)
}

/** One container that runs until it is told to stop, and then stops at once; `version` makes revisions differ. */
export const definition = (name: string, version = 1): string => `apiVersion: gantry.dev/v1
kind: TaskDefinition
metadata:
  name: ${name}
spec:
  containerDefinitions:
    - name: main
      image: gantry/bookstore:1
      command: ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait $!"]
      environment: [{name: VERSION, value: "${version}"}]
      memory: 16
      stopTimeout: 5
`
