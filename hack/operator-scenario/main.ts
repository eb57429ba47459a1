/**
 * Gantry as an operator of any cluster, end to end (hack/operator-e2e starts it): CRDs, the bookstore, a rollout, scaling, a bad
 * revision, an operator killed in mid-rollout, watches cut, the API server away, and deletion that leaves nothing.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { Service } from '../../api/v1/service.ts'
import { isStopped, isStopping, lastStatusOf, type Task } from '../../api/v1/task.ts'
import type { TaskDefinition } from '../../api/v1/task-definition.ts'
import { listContainers } from '../engine-api.ts'
import { bookstoreImage, ensureBookstoreImage } from '../image.ts'
import { grantAccess, restOperator } from './access.ts'
import { kubectlFor } from './kubectl.ts'
import { type Process, startGantry } from './processes.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, cluster: { type: 'string', default: 'gantry-e2e' } },
})
const [kubeConfig] = positionals
if (kubeConfig === undefined) throw new Error('usage: hack/operator-e2e KUBECONFIG [--quick] [--cluster NAME]')
const { quick, cluster } = values
const example = 'deploy/examples/bookstore'
const family = `${cluster}-bookstore`
/** Revisions that the family had before: their numbers are never given again. */
let before = 0
/** Seconds. */
const times = { wait: 180, takeover: 20, cutting: quick ? 20 : 120, between: 4, away: quick ? 10 : 60 }

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const step = (title: string): void => say(`\n== ${title}`)
const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const secondsSince = (start: number): string => ((performance.now() - start) / 1000).toFixed(1)

const kubectl = kubectlFor(kubeConfig)
const folder = await mkdtemp(join(tmpdir(), 'gantry-operator-e2e-'))
/** Never left behind, whatever happens; logs are, when something failed. */
const credentials = join(folder, 'credentials')
await mkdir(credentials)
const processes: Process[] = []

async function until<T>(what: string, ask: () => Promise<T | undefined | false>, seconds = times.wait): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await ask().catch(() => undefined)
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await pause(0.25)
  }
}

const service = async (): Promise<Service> =>
  JSON.parse(await kubectl.run('get', 'services.gantry.dev', 'bookstore', '-n', cluster, '-o', 'json')) as Service
const definition = async (): Promise<TaskDefinition> =>
  JSON.parse(await kubectl.run('get', 'taskdefinitions.gantry.dev', family, '-o', 'json')) as TaskDefinition
const tasks = (): Promise<readonly Task[]> => kubectl.list<Task>('tasks.gantry.dev', '-n', cluster)
const alive = async (): Promise<readonly Task[]> => (await tasks()).filter((task) => !isStopped(task))

async function ready(revision: number, count: number): Promise<void> {
  const start = performance.now()
  const definition = `${family}:${before + revision}`
  await until(`bookstore runs ${definition} with ${count} tasks`, async () => {
    const { metadata, status } = await service()
    return (
      status?.observedGeneration === metadata.generation &&
      status?.taskDefinition === definition &&
      status?.runningCount === count &&
      status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
    )
  })
  await kubectl.run('wait', '--for=condition=Ready', 'services.gantry.dev/bookstore', '-n', cluster, '--timeout=10s')
  await noDuplicates(count)
  say(`${count} tasks of ${definition} after ${secondsSince(start)} s`)
}

/** Two tasks in one slot of a revision would be a duplicate. */
async function noDuplicates(count: number): Promise<void> {
  const running = (await alive()).filter((task) => lastStatusOf(task) === 'RUNNING' && !isStopping(task))
  const slots = running.map(({ metadata }) => metadata.name.replace(/-\d+$/, ''))
  if (new Set(slots).size !== slots.length) throw new Error(`duplicates: ${slots.sort().join(' ')}`)
  if (running.length !== count) throw new Error(`${running.length} tasks run instead of ${count}`)
}

/** The example's manifest, of a family that nobody else has. */
async function applyExample(file: string, edit: (text: string) => string = (text) => text): Promise<void> {
  const text = await readFile(`${example}/${file}`, 'utf8')
  const named = text.replace(/^( +(?:family|taskDefinition): )bookstore$/gm, `$1${family}`)
  const own = file.endsWith('service.yaml') ? named : named.replace('name: bookstore', `name: ${family}`)
  const path = join(folder, file.replaceAll('/', '-'))
  await writeFile(path, edit(own))
  await kubectl.run('apply', '-n', cluster, '-f', path)
}

/** Applies the example's task definition with another greeting, or image. */
const applyDefinition = (greeting: string, image = bookstoreImage): Promise<void> =>
  applyExample('task-definition.yaml', (text) =>
    text.replace('Books, freshly stacked', greeting).replaceAll(bookstoreImage, image),
  )

interface Lease {
  readonly spec: { readonly holderIdentity?: string }
}
const leader = async (): Promise<string | undefined> =>
  (
    JSON.parse(
      await kubectl.run('get', 'leases.coordination.k8s.io', 'gantry-operator', '-n', 'gantry-system', '-o', 'json'),
    ) as Lease
  ).spec.holderIdentity
const leads = (holder: string, { pid }: Process): boolean => holder.split('-').includes(String(pid))

const operator = async (name: string, file: string): Promise<Process> => {
  const started = await startGantry(name, ['operator', '--kubeconfig', file, '--health-listen', '127.0.0.1:0'], folder)
  processes.push(started)
  return started
}
const agent = async (name: string, file: string): Promise<void> => {
  const share = ['--cluster', cluster, '--name', name, '--cpu', '2048', '--memory', '2048', '--data-dir', folder]
  processes.push(await startGantry(name, ['agent', '--kubeconfig', file, ...share], folder))
}

async function installDefinitions(): Promise<void> {
  await kubectl.run('apply', '--server-side', '--force-conflicts', '-k', 'crds').catch(async (error: unknown) => {
    // Gantry's own API server has them, and does not let them be written
    await kubectl.run('get', 'crd', 'services.gantry.dev').catch(() => {
      throw error
    })
  })
  await kubectl.run('wait', '--for=condition=Established', 'crd/services.gantry.dev', '--timeout=60s')
}

async function killTheLeader(file: string): Promise<void> {
  const holder = await until('an operator leads', leader)
  const victim = processes.find((one) => one.isAlive && one.name.startsWith('operator') && leads(holder, one))
  if (victim === undefined) throw new Error(`none of ours leads, but ${holder}`)
  await applyDefinition('Books, while the leader dies')
  await until('the rollout has begun', async () => (await service()).status?.rolloutState === 'IN_PROGRESS')
  const start = performance.now()
  await victim.kill('SIGKILL')
  await until('the other operator leads', async () => (await leader()) !== holder, times.takeover)
  say(`taken over after ${secondsSince(start)} s`)
  await operator(`${victim.name}-again`, file)
}

/** While there is a way to the cluster: the leader gives its lease back. */
const endProcesses = async (): Promise<void> => {
  await Promise.all(processes.filter(({ isAlive }) => isAlive).map((one) => one.kill('SIGTERM')))
}

async function scenario(): Promise<void> {
  step('CRDs')
  await installDefinitions()
  const there = await kubectl.run('get', 'clusters.gantry.dev', cluster, '--ignore-not-found', '-o', 'name')
  if (there !== '') throw new Error(`the cluster ${cluster} is there already: name another with --cluster`)
  const wake = await restOperator(kubectl)
  const access = await grantAccess(kubectl, credentials)
  const { tunnel } = access
  try {
    step('two operators, a cluster, two agents')
    await operator('operator-1', access.operator)
    await operator('operator-2', access.operator)
    const own = { apiVersion: 'gantry.dev/v1', kind: 'Cluster', metadata: { name: cluster } }
    await writeFile(join(folder, 'cluster.yaml'), stringify(own))
    await kubectl.run('apply', '-f', join(folder, 'cluster.yaml'))
    await until(`the namespace ${cluster}`, () => kubectl.run('get', 'namespace', cluster))
    await agent('e2e-one', access.agent)
    await agent('e2e-two', access.agent)

    step('the bookstore')
    await applyExample('task-definition.yaml')
    const first = await until('a first revision', async () => (await definition()).status?.latestRevision)
    before = first - 1
    await applyExample('service.yaml')
    await ready(1, 3)

    step('a rollout')
    await applyExample('v2/task-definition.yaml')
    await ready(2, 3)

    step('scaling')
    await kubectl.run('scale', 'services.gantry.dev/bookstore', '-n', cluster, '--replicas=5')
    await ready(2, 5)

    step('a bad revision')
    await applyDefinition('Books that nobody can print', 'gantry/none:0')
    await kubectl.run(
      'wait',
      '--for=condition=Stalled',
      'services.gantry.dev/bookstore',
      '-n',
      cluster,
      '--timeout=180s',
    )
    if (((await service()).status?.runningCount ?? 0) < 5) throw new Error('the bad revision cost running tasks')
    await applyDefinition('Books, after all')
    await ready(4, 5)

    step('the leading operator is killed in mid-rollout')
    await killTheLeader(access.operator)
    await ready(5, 5)

    step(`connections are cut every ${times.between} s for ${times.cutting} s`)
    await applyDefinition('Books, by a bad line')
    const end = performance.now() + times.cutting * 1000
    while (performance.now() < end) {
      tunnel.cut()
      await pause(times.between)
    }
    await ready(6, 5)

    step(`the API server is away for ${times.away} s`)
    const running = (await listContainers()).length
    tunnel.open = false
    tunnel.cut()
    await applyDefinition('Books, unheard')
    await pause(times.away)
    if ((await listContainers()).length !== running) throw new Error('containers came or went while nobody could ask')
    tunnel.open = true
    await ready(7, 5)

    step('deletion')
    await kubectl.run('delete', 'services.gantry.dev/bookstore', '-n', cluster, '--timeout=120s')
    await until('no task is left', async () => (await tasks()).length === 0)
    await kubectl.run('delete', 'taskdefinition', family, '--timeout=60s')
    await until('no revision is left', async () => {
      const left = await kubectl.list<{ metadata: { name: string } }>('taskdefinitionrevisions')
      return left.every(({ metadata }) => !metadata.name.startsWith(`${family}.`))
    })
    for (const one of processes.filter(({ name }) => name.startsWith('e2e-'))) await one.kill('SIGTERM')
    await kubectl.run('delete', 'cluster.gantry.dev', cluster, '--timeout=120s')
    await until(`the namespace ${cluster} is gone`, async () => {
      const left = await kubectl.list<{ metadata: { name: string } }>('namespaces')
      return left.every(({ metadata }) => metadata.name !== cluster)
    })
  } finally {
    await endProcesses()
    await access.close()
    await wake()
  }
}

try {
  await ensureBookstoreImage()
  const start = performance.now()
  await scenario()
  say(`\nAll passed in ${secondsSince(start)} s.`)
  await rm(folder, { recursive: true })
} catch (error) {
  for (const one of processes) say(`the log of ${one.name}: ${one.log}`)
  throw error
} finally {
  await endProcesses()
  await rm(credentials, { recursive: true, force: true })
}
