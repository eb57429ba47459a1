/** The agent on the real Docker engine, with the API in memory. */
import { request } from 'node:https'
import Docker from 'dockerode'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ContainerDefinition } from '../../api/v1/container-definition.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Task } from '../../api/v1/task.ts'
import { containersFinalizer } from '../../api/v1/well-known.ts'
import { type AgentOptions, runAgent } from '../../controllers/agent/agent.ts'
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { aContainer, aTask, aTaskDefinitionRevision } from '../builders/kinds.ts'
import { openClient, type TestClient } from '../builders/test-client.ts'
import { ensureTestImage, testImage } from '../conformance/busybox-image.ts'
import { until } from '../until.ts'
import { anAuthority } from './agent-authority.ts'

const docker = new Docker()
const instance = `e2e-${process.pid}`
const ours = () =>
  docker.listContainers({ all: true, filters: { label: [`gantry.dev/container-instance=${instance}`] } })

let client: TestClient<Clock>
let life: AbortController
let ended: Promise<void>

function startAgent(options: Partial<AgentOptions> = {}): void {
  life = new AbortController()
  ended = runAgent(
    {
      client,
      engine: dockerEngine({ clock: systemClock, random: systemRandom, log: silentLogger }),
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      options: { name: instance, cluster: 'default', ...options },
    },
    life.signal,
  )
}
async function stopAgent(): Promise<void> {
  life.abort(new Error('stopped'))
  await ended
}

const page = { command: ['/bin/httpd', '-f', '-p', '8080', '-h', '/www'] }
const sleeps = { command: ['/bin/sh', '-c', 'trap "exit 143" TERM; while :; do sleep 60 & wait $!; done'] }

async function run(name: string, ...containers: readonly Partial<ContainerDefinition>[]): Promise<void> {
  const containerDefinitions = containers.map((container) => aContainer({ image: testImage, memory: 16, ...container }))
  const spec = { family: 'e2e', revision: 1, taskDefinition: { containerDefinitions } }
  await client.put(aTaskDefinitionRevision({ name: `def-${name}.1`, spec }))
  await client.put(
    aTask({
      name,
      spec: { taskDefinition: `def-${name}.1`, containerInstance: instance },
      metadata: { finalizers: [containersFinalizer], uid: crypto.randomUUID() },
    }),
  )
}
const find = (name: string): Task | undefined => client.all(Task).find((task) => task.metadata.name === name)
const reaches = (name: string, lastStatus: string): Promise<Task> =>
  until(`${name} is ${lastStatus}`, () => {
    const task = find(name)
    return task?.status?.lastStatus === lastStatus && task
  })
const idOf = (task: Task, at = 0): string => task.status?.containers?.[at]?.runtimeId ?? ''
const portOf = (task: Task): number => task.status?.containers?.[0]?.networkBindings?.[0]?.hostPort ?? 0

describe('agent on Docker', () => {
  beforeAll(() => ensureTestImage())
  afterEach(async () => {
    await stopAgent()
    await Promise.all((await ours()).map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })))
  })
  afterAll(async () => expect(await ours()).toEqual([]))
  const fresh = async (options: Partial<AgentOptions> = {}): Promise<void> => {
    client = await openClient([], { clock: systemClock })
    startAgent(options)
  }

  it('serves a page on the host port that it reports', async () => {
    await fresh()
    await run('web', { ...page, portMappings: [{ containerPort: 8080, protocol: 'tcp' }] })
    const task = await reaches('web', 'RUNNING')
    const text = await until('a page', () =>
      fetch(`http://127.0.0.1:${portOf(task)}/`).then(
        (response) => response.text(),
        () => undefined,
      ),
    )
    expect(text).toBe('gantry test page\n')
    expect(task.status?.containers?.[0]?.networkBindings).toHaveLength(1)
  })

  it('notices a killed container at once: STOPPED, exit code 137', async () => {
    await fresh()
    await run('victim', sleeps)
    const task = await reaches('victim', 'RUNNING')
    const before = performance.now()
    await docker.getContainer(idOf(task)).kill()
    const stopped = await reaches('victim', 'STOPPED')
    expect(performance.now() - before).toBeLessThan(2000)
    expect(stopped.status).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 137, lastStatus: 'STOPPED' }],
    })
  })

  it('stops the others when an essential container exits', async () => {
    await fresh()
    await run('pair', { name: 'main', command: ['/bin/sh', '-c', 'sleep 1; exit 4'] }, { name: 'side', ...sleeps })
    const stopped = await reaches('pair', 'STOPPED')
    expect(stopped.status?.containers?.map(({ exitCode }) => exitCode)).toEqual([4, 143])
    expect(stopped.status?.startedAt).toBeDefined()
  })

  it('passes environment, user, directory, limits and labels on', async () => {
    await fresh()
    await run('full', {
      command: ['/bin/sh', '-c', 'echo $COLOUR; id -u; hostname; cat /proc/self/cwd/index.html; exit 0'],
      environment: [{ name: 'COLOUR', value: 'green' }],
      user: 'nobody',
      workingDirectory: '/www',
      hostname: 'box',
      cpu: 1,
      memory: 32,
      memoryReservation: 16,
      readonlyRootFilesystem: true,
      dockerLabels: { team: 'blue' },
    })
    const task = await reaches('full', 'STOPPED')
    const { Config, HostConfig } = await docker.getContainer(idOf(task)).inspect()
    expect(Config.Labels).toMatchObject({ team: 'blue', 'com.amazonaws.ecs.container-name': 'app' })
    expect(HostConfig).toMatchObject({
      CpuShares: 2,
      Memory: 32 * 2 ** 20,
      MemoryReservation: 16 * 2 ** 20,
      ReadonlyRootfs: true,
    })
    const output = await docker.getContainer(idOf(task)).logs({ stdout: true, stderr: true })
    for (const line of ['green', '65534', 'box', 'gantry test page']) expect(output.toString()).toContain(line)
  })

  it('reports a container that ran out of memory', async () => {
    await fresh()
    await run('greedy', { memory: 8, command: ['/bin/sh', '-c', 'tail /dev/zero'] })
    const task = await reaches('greedy', 'STOPPED')
    expect(task.status?.containers?.[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    })
  })

  it('restarts without disturbing what runs, and reports what died meanwhile', async () => {
    await fresh()
    await run('stays', sleeps)
    await run('dies', sleeps)
    const stays = await reaches('stays', 'RUNNING')
    const dies = await reaches('dies', 'RUNNING')
    const { State } = await docker.getContainer(idOf(stays)).inspect()
    await stopAgent()
    await docker.getContainer(idOf(dies)).kill()
    startAgent()
    expect((await reaches('dies', 'STOPPED')).status?.containers?.[0]?.exitCode).toBe(137)
    expect((await docker.getContainer(idOf(stays)).inspect()).State).toMatchObject({
      Running: true,
      Pid: State.Pid,
      StartedAt: State.StartedAt,
    })
    expect(find('stays')).toEqual(stays)
    expect(await ours()).toHaveLength(2)
  })

  it('removes orphans of its own name only', async () => {
    await fresh()
    await run('orphan', sleeps)
    const orphan = await reaches('orphan', 'RUNNING')
    await stopAgent()
    await client.remove(orphan)
    const stranger = await docker.createContainer({
      Image: testImage,
      Cmd: sleeps.command,
      Labels: {
        'gantry.dev/namespace': 'default',
        'gantry.dev/container-instance': `${instance}-other`,
        'gantry.dev/task': 'x',
      },
    })
    try {
      startAgent()
      await until('the orphan is gone', async () => (await ours()).length === 0)
      expect((await stranger.inspect()).State.Status).toBe('created')
    } finally {
      await stranger.remove({ force: true })
    }
  })

  it('deletes: containers first, then the object', async () => {
    await fresh()
    await run('short', sleeps)
    await reaches('short', 'RUNNING')
    await client.delete(Task, { namespace: 'default', name: 'short' }, {}, life.signal)
    await until('the task is gone', () => find('short') === undefined)
    expect(await ours()).toEqual([])
  })

  it('replaces a task on a fixed port: the next waits until the port is free', async () => {
    await fresh()
    const port = 20_000 + (process.pid % 10_000)
    const fixed = { ...page, portMappings: [{ containerPort: 8080, hostPort: port, protocol: 'tcp' as const }] }
    await run('first', { ...fixed, stopTimeout: 2 })
    const first = await reaches('first', 'RUNNING')
    await client.put({ ...first, spec: { ...first.spec, desiredStatus: 'STOPPED' } })
    await run('second', fixed)
    expect(portOf(await reaches('second', 'RUNNING'))).toBe(port)
    expect(find('first')?.status?.lastStatus).toBe('STOPPED')
  })

  it('serves logs to API servers of the cluster only', async () => {
    const authority = await anAuthority()
    await fresh({ listen: { host: '127.0.0.1', port: 0 }, clientCa: authority.ca })
    await run('talks', { command: ['/bin/sh', '-c', 'echo one; echo two; sleep 60'] })
    await reaches('talks', 'RUNNING')
    const endpoint = await until('the endpoint', () => client.all(ContainerInstance)[0]?.status?.agentEndpoint)
    const get = (path: string, credentials: object): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        request(`${endpoint.url}${path}`, { ca: endpoint.certificate, agent: false, ...credentials }, (response) => {
          let text = ''
          response.on('data', (data) => {
            text += data
          })
          response.on('error', reject)
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        })
          .on('error', reject)
          .end()
      })
    const known = authority.client
    const stranger = await anAuthority()
    await until(
      'both lines',
      async () => (await get('/namespaces/default/tasks/talks/log', known)).text === 'one\ntwo\n',
    )
    expect(await get('/namespaces/default/tasks/talks/log?tailLines=1', known)).toEqual({ status: 200, text: 'two\n' })
    expect(await get('/namespaces/default/tasks/none/log', known)).toMatchObject({ status: 404 })
    expect(await get('/namespaces/other/tasks/talks/log', known)).toMatchObject({ status: 404 })
    expect(await get('/namespaces/default/tasks/talks/log?tailLines=x', known)).toMatchObject({ status: 400 })
    expect(await get('/namespaces/default/tasks/talks/log?container=no', known)).toMatchObject({ status: 404 })
    await expect(get('/namespaces/default/tasks/talks/log', {})).rejects.toThrow()
    await expect(get('/namespaces/default/tasks/talks/log', stranger.client)).rejects.toThrow()
    const agent = await authority.issue('system:container-instance:default:other')
    expect(await get('/namespaces/default/tasks/talks/log', agent)).toMatchObject({ status: 403 })
  })
})
