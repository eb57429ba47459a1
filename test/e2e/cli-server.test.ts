/** Servers on a shared etcd, and agents of their own: who leads, who takes over, and where tasks go. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import type { Lease } from '../../api/v1/core.ts'
import type { Service } from '../../api/v1/service.ts'
import type { Task } from '../../api/v1/task.ts'
import { callEngine, listContainers } from '../../hack/engine-api.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { type EtcdServer, launchBinary, startEtcd } from '../conformance/etcd-server.ts'
import { until } from '../until.ts'
import { gantry, launcher, root, service, taskDefinition } from './cli-gantry.ts'

/** A process of gantry that says in one line of JSON when it is ready. */
class Daemon {
  readonly #child: ChildProcess
  readonly ready: Promise<Readonly<Record<string, string>>>
  log = ''

  constructor(...args: readonly string[]) {
    const child = spawn(process.execPath, [launcher, ...args, '-o', 'json'], { cwd: root })
    this.#child = child
    child.stderr.on('data', (chunk) => {
      this.log += String(chunk)
    })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`gantry ${args[0]} ended before it was ready:\n${this.log}`)
    })
    this.ready = Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([line]) => JSON.parse(line as string)),
      ended,
    ])
    ended.catch(() => undefined)
    this.ready.catch(() => undefined)
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    this.#child.kill(signal)
    const [code] = (await once(this.#child, 'exit')) as [number | null]
    return code
  }
}

const id = `${process.pid}`
const [one, two] = [`one-${id}`, `two-${id}`]
let folder: string
let etcd: EtcdServer
const servers: Daemon[] = []
const agents = new Map<string, Daemon>()

const kubeConfigOf = (server: number): string => join(folder, `${server}`, 'kubeconfig')
const startServer = (server: number): Daemon => {
  const where = ['--data-dir', join(folder, `${server}`), '--listen', '127.0.0.1:0']
  // The second server has the key of the first: what one encrypts the other reads.
  const keys = server === 0 ? [] : ['--encryption-key-file', join(folder, '0', 'encryption-keys')]
  return new Daemon('server', ...where, ...keys, '--store', 'etcd', '--etcd-endpoints', etcd.endpoint)
}
const startAgent = (name: string, ...how: readonly string[]): Daemon =>
  new Daemon('agent', ...how, '--name', name, '--cpu', '1024', '--memory', '1024', '--zone', `zone-${name}`)
/** Asks the second server: it is the one that stays. */
const run = (...args: readonly string[]) => gantry(args, { env: { GANTRY_KUBECONFIG: kubeConfigOf(1) } })
const json = async <T>(...args: readonly string[]): Promise<T> => {
  const { code, out, err } = await run(...args, '-o', 'json')
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as T
}
const apply = (text: string) =>
  gantry(['apply', '-f', '-'], { stdin: text, env: { GANTRY_KUBECONFIG: kubeConfigOf(1) } })
const containersOf = async (instance: string) =>
  (await listContainers(`gantry.dev/container-instance=${instance}`)).filter(({ State }) => State === 'running')
const leader = async (): Promise<string | undefined> =>
  (await json<Lease>('get', 'lease', 'gantry-controllers', '-n', 'gantry-system')).spec.holderIdentity
const steady = (name: string, count: number, seconds = 60) =>
  until(
    `${name} is steady with ${count}`,
    async () => {
      const { status } = await json<Service>('get', 'service', name)
      const tasks = (await json<{ items: Task[] }>('get', 'tasks', '--field-selector', 'status.lastStatus=RUNNING'))
        .items
      return status?.runningCount === count && status.rolloutState === 'COMPLETED' && tasks.length === count
    },
    seconds,
  )

beforeAll(async () => {
  await ensureBookstoreImage()
  folder = await mkdtemp(join(tmpdir(), 'gantry-servers-'))
  etcd = await startEtcd(launchBinary)
  servers.push(startServer(0))
  const { url = '' } = await (servers[0] as Daemon).ready
  servers.push(startServer(1))
  await (servers[1] as Daemon).ready
  const config = JSON.parse(readFileSync(kubeConfigOf(0), 'utf8')) as { users: [{ user: { token: string } }] }
  // One joins by token, through the server that will be killed; the other one by kubeconfig.
  const { token } = config.users[0].user
  agents.set(one, startAgent(one, '--kubeconfig', kubeConfigOf(1), '--attribute', 'disk=ssd'))
  agents.set(two, startAgent(two, '--server', url.replace('localhost', '127.0.0.1'), '--token', token))
  await Promise.all([...agents.values()].map(({ ready }) => ready))
})

afterAll(async () => {
  for (const daemon of [...agents.values(), ...servers]) await daemon.end('SIGKILL')
  for (const instance of [one, two])
    for (const { Id } of await listContainers(`gantry.dev/container-instance=${instance}`))
      await callEngine({ method: 'DELETE', path: `/containers/${Id}?force=true` })
  await etcd[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('two servers on one etcd, two agents', () => {
  it('share who they are: a client of one can ask the other', async () => {
    const [first, second] = [0, 1].map((server) => JSON.parse(readFileSync(kubeConfigOf(server), 'utf8')) as object)
    expect(JSON.stringify(first).replace(/127\.0\.0\.1:\d+/, '')).toBe(
      JSON.stringify(second).replace(/127\.0\.0\.1:\d+/, ''),
    )
  })

  it('register what the flags say', async () => {
    const instance = await json<ContainerInstance>('get', 'containerinstance', one)
    expect(instance.status?.registeredResources).toMatchObject({ cpu: 1024, memory: 1024 })
    expect(instance.status?.attributes).toEqual(
      expect.arrayContaining([
        { name: 'ecs.availability-zone', value: `zone-${one}` },
        { name: 'disk', value: 'ssd' },
      ]),
    )
  })

  it('spread a service over both, and show the logs of each', async () => {
    const spread = `${service('spread', 4)}  placementStrategy: [{type: spread, field: instanceId}]\n`
    const talks = taskDefinition('spread').replace("'exit 0' TERM;", "'exit 0' TERM; echo on $GANTRY_TASK;")
    expect((await apply(`${talks}---\n${spread}`)).err).toBe('')
    await steady('spread', 4)
    expect([(await containersOf(one)).length, (await containersOf(two)).length]).toEqual([2, 2])
    const { items } = await json<{ items: Task[] }>('get', 'tasks')
    for (const { metadata } of items) expect((await run('logs', metadata.name)).out).toBe(`on ${metadata.name}\n`)
  })

  it('end on SIGTERM without touching tasks, and start again', async () => {
    const before = (await containersOf(one)).map(({ Id }) => Id)
    expect(await agents.get(one)?.end('SIGTERM')).toBe(0)
    expect((await containersOf(one)).map(({ Id }) => Id)).toEqual(before)
    agents.set(one, startAgent(one, '--kubeconfig', kubeConfigOf(1)))
    await agents.get(one)?.ready
    await steady('spread', 4)
    expect((await containersOf(one)).map(({ Id }) => Id)).toEqual(before)
  })

  it('lead one after the other: the second takes over within 15 s of a kill, and makes no task twice', async () => {
    const first = await leader()
    const before = [...(await containersOf(one)), ...(await containersOf(two))].map(({ Id }) => Id).sort()
    const [leading] = servers
    const start = performance.now()
    await leading?.end('SIGKILL')
    await until('the other one leads', async () => (await leader()) !== first, 30)
    expect(performance.now() - start).toBeLessThan(15_000)
    await apply(service('spread', 6).replace(/$/, '  placementStrategy: [{type: spread, field: instanceId}]\n'))
    // The agent that had joined through the killed server cannot act; the other one has room for all.
    await until(
      'the new tasks run',
      async () => (await containersOf(one)).length + (await containersOf(two)).length >= 5,
    )
    const after = [...(await containersOf(one)), ...(await containersOf(two))].map(({ Id }) => Id)
    expect(after).toEqual(expect.arrayContaining(before))
  })

  it('move the tasks of an agent that died with its containers', async () => {
    // Its server is gone, so it is as good as cut off; now it and its containers die too.
    await agents.get(two)?.end('SIGKILL')
    for (const { Id } of await listContainers(`gantry.dev/container-instance=${two}`))
      await callEngine({ method: 'DELETE', path: `/containers/${Id}?force=true` })
    await until('all run on the one that is left', async () => (await containersOf(one)).length === 6, 90)
    const { items } = await json<{ items: Task[] }>('get', 'tasks', '--field-selector', `spec.containerInstance=${two}`)
    for (const task of items) {
      expect(task.status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TerminationNotice' })
      expect(task.status?.stoppedReason).toContain(two)
    }
    expect((await run('delete', 'service', 'spread')).code).toBe(0)
    // The engine lists a container as running for a moment after it said that it died.
    await until('its containers are gone', async () => (await containersOf(one)).length === 0)
  })
})

describe('gantry agent', () => {
  it.each([
    { args: [], says: /needs --server URL and --token TOKEN, or --kubeconfig FILE/ },
    { args: ['--server', 'http://127.0.0.1:1', '--token', 'x'], says: /not of the form https:/ },
    { args: ['--server', 'https://127.0.0.1:1', '--token', 'x'], says: /gantry\.<CA fingerprint>\.<secret>/ },
    { args: ['--kubeconfig', '/no/such/file'], says: /cannot be read/ },
  ])('refuses $args', async ({ args, says }) => {
    const { code, err } = await gantry(['agent', ...args])
    expect(err).toMatch(says)
    expect(code).toBe(1)
  })
  it('refuses a server that is not the one its token names', async () => {
    const { server } = (
      JSON.parse(readFileSync(kubeConfigOf(1), 'utf8')) as { clusters: [{ cluster: { server: string } }] }
    ).clusters[0].cluster
    const { code, err } = await gantry(['agent', '--server', server, '--token', `gantry.${'0'.repeat(64)}.abc`])
    expect(err).toMatch(/does not show the certificate authority that the token names/)
    expect(code).toBe(1)
  })
})

describe('gantry server', () => {
  it.each([
    { args: ['--encryption-key-file', 'no/such/keys'], says: /--encryption-key-file .*no.such.keys does not exist/ },
    { args: ['--store', 'etcd'], says: /--store etcd needs --etcd-endpoints/ },
    { args: ['--etcd-endpoints', 'http://127.0.0.1:1'], says: /goes with --store etcd/ },
    { args: ['--store', 'etcd', '--etcd-endpoints', 'nonsense'], says: /not of the form http:/ },
    { args: ['--store', 'sqlite'], says: /Allowed choices are embedded, etcd/ },
  ])('refuses $args', async ({ args, says }) => {
    const { code, err } = await gantry([
      'server',
      '--data-dir',
      join(folder, 'other'),
      '--listen',
      '127.0.0.1:0',
      ...args,
    ])
    expect(err).toMatch(says)
    expect(code).toBe(1)
  })
  it('refuses a store that another process has', async () => {
    const dataDir = join(folder, 'embedded')
    const first = new Daemon('server', '--data-dir', dataDir, '--listen', '127.0.0.1:0')
    await first.ready
    const { code, err } = await gantry(['server', '--data-dir', dataDir, '--listen', '127.0.0.1:0'])
    expect(err).toMatch(/in use by process \d+: stop it first/)
    expect(code).toBe(1)
    expect(await first.end('SIGTERM')).toBe(0)
  })
})
