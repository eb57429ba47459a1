/**
 * The tour: a real control plane, real containers, on this machine. `npm run demo`, with `-- --keep` to go on by hand.
 * hack/demo.sh has made sure of the npm packages and the Docker engine.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Task } from '../api/v1/task.ts'
import { type Cli, cliFor, type Server, startServer } from './demo/cli.ts'
import { ServiceWatch, urlOf } from './demo/tasks.ts'
import { keepAsking } from './demo/traffic.ts'
import { askEngine, callEngine } from './engine-api.ts'
import { bookstoreImage, ensureBookstoreImage } from './image.ts'

const example = 'deploy/examples/bookstore'
const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } })

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const step = (title: string): void => say(`\n== ${title}`)
const since = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`

/** Progress lines, each once. */
function progress(): (line: string) => void {
  let last = ''
  return (line) => {
    if (line !== last) say(`   ${line}`)
    last = line
  }
}

async function reachSteadyState(watch: ServiceWatch): Promise<void> {
  const start = performance.now()
  const tell = progress()
  await watch.until(
    'the bookstore is steady',
    () => watch.service?.status?.rolloutState === 'COMPLETED' && watch.serving.length === 3,
    120,
    () => tell(`${watch.running.length} of 3 tasks running, ${watch.serving.length} healthy`),
  )
  say(`steady after ${since(start)}`)
}

async function fetchPages(watch: ServiceWatch): Promise<void> {
  for (const task of watch.serving) {
    const url = urlOf(task, 'web')
    const lines = (await (await fetch(url)).text()).split('\n').filter((line) => /^<(h1|p)>/.test(line))
    say(`${url}  ${lines.map((line) => line.replace(/<[^>]+>/g, '')).join(' | ')}`)
  }
  const [first] = watch.serving
  if (first === undefined) throw new Error('no task serves')
  const url = `${urlOf(first, 'metrics')}metrics`
  const metric = (await (await fetch(url)).text()).split('\n').find((line) => line.startsWith('host_load1 '))
  say(`${url}  ${metric}`)
}

async function killOne(watch: ServiceWatch): Promise<void> {
  const victim = watch.serving[0] as Task
  const container = victim.status?.containers?.find(({ name }) => name === 'web')?.runtimeId ?? ''
  say(`$ docker kill ${container.slice(0, 12)}   (the web container of ${victim.metadata.name})`)
  const others = new Set(watch.alive.map(({ metadata }) => metadata.uid))
  const start = performance.now()
  await callEngine({ method: 'POST', path: `/containers/${container}/kill` })
  const replacement = (): Task | undefined => watch.running.find(({ metadata }) => !others.has(metadata.uid))
  await watch.until('the killed task is replaced', () => replacement() !== undefined, 60)
  say(`${replacement()?.metadata.name} took over; it was running after ${since(start)}`)
}

async function rollOut(cli: Cli, watch: ServiceWatch): Promise<void> {
  await watch.until('all three are healthy again', () => watch.serving.length === 3)
  const before = new Set(watch.alive.map(({ metadata }) => metadata.uid))
  const end = new AbortController()
  const traffic = keepAsking(() => watch.serving, end.signal)
  const start = performance.now()
  try {
    await cli.show('apply', '-f', `${example}/v2`)
    const tell = progress()
    const fresh = (tasks: readonly Task[]): number => tasks.filter(({ metadata }) => !before.has(metadata.uid)).length
    await watch.until(
      'version 2 has replaced version 1',
      () =>
        watch.service?.status?.rolloutState === 'COMPLETED' &&
        fresh(watch.serving) === 3 &&
        watch.alive.length === fresh(watch.alive),
      180,
      () => tell(`${fresh(watch.serving)} of 3 new tasks healthy, ${watch.alive.length - fresh(watch.alive)} old ones`),
    )
  } finally {
    end.abort()
  }
  const { requests, failures, versions } = await traffic
  const parts = [...versions].sort().map(([version, count]) => `${count} from version ${version}`)
  say(
    `rolled out after ${since(start)}; meanwhile ${requests} requests: ${parts.join(', ')}, ${failures.length} failed`,
  )
  if (failures.length > 0) throw new Error(`requests failed during the rollout:\n${failures.slice(0, 10).join('\n')}`)
}

function tellWhatNext(server: Server, watch: ServiceWatch, dataDir: string): void {
  step('It is yours now')
  say(`Gantry goes on as process ${server.pid}; its log is ${server.log}. Try:

  export GANTRY_KUBECONFIG=${server.kubeConfig}
  npx gantry get all
  npx gantry describe service bookstore
  npx gantry logs -f ${watch.serving[0]?.metadata.name} -c web
  npx gantry delete -f ${example}

To end it: npx gantry delete -f ${example}, then kill ${server.pid}, then rm -r ${dataDir}`)
}

/** Deletes what the demo made, in whatever state it is. */
async function cleanUp(
  cli: Cli | undefined,
  server: Server | undefined,
  dataDir: string,
  ours: boolean,
): Promise<void> {
  try {
    await cli?.run('delete', 'service,task', '--all', '--timeout', '60s')
    await cli?.run('delete', 'taskdefinition', '--all', '--timeout', '30s')
  } finally {
    await server?.stop()
    await rm(dataDir, { recursive: true, force: true })
    if (ours) await callEngine({ method: 'DELETE', path: `/images/${bookstoreImage}` })
  }
}

async function demo(): Promise<void> {
  step('The parts')
  const { Version } = await askEngine<{ readonly Version: string }>({ method: 'GET', path: '/version' })
  say(`Node.js ${process.version}, Docker engine ${Version}`)
  const made = await ensureBookstoreImage()
  say(`image ${bookstoreImage}: ${made ?? 'there already'}`)
  const dataDir = await mkdtemp(join(tmpdir(), 'gantry-demo-'))
  let server: Server | undefined
  let cli: Cli | undefined
  let watch: ServiceWatch | undefined
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)))
  })
  const tour = async (): Promise<void> => {
    step('Gantry: API server, controllers and agent in one process, on the embedded store')
    say(`$ gantry up --data-dir ${dataDir}`)
    server = await startServer(dataDir)
    say(`ready at ${server.url}`)
    cli = cliFor(server.kubeConfig, say)

    step('A web container and a metrics container, three times')
    await cli.show('apply', '-f', example)
    watch = new ServiceWatch(cli, 'bookstore')
    await reachSteadyState(watch)
    await cli.show('get', 'tasks')

    step("A page from each task, through its port on this machine, and one task's metrics")
    await fetchPages(watch)

    step('A container is killed')
    await killOne(watch)

    step('A new revision, while a client keeps asking')
    await rollOut(cli, watch)

    step('How it stands')
    await cli.show('get', 'services,containerinstances')
    await cli.show('get', 'tasks', '--field-selector', 'status.lastStatus=RUNNING')
  }
  let ok = false
  try {
    await Promise.race([tour(), interrupted])
    ok = true
  } finally {
    watch?.stop()
    if (ok && values.keep && server !== undefined && watch !== undefined) tellWhatNext(server, watch, dataDir)
    else {
      step('Cleaning up')
      await cleanUp(cli, server, dataDir, made !== undefined)
      say('the service, its tasks and containers, and Gantry itself are gone')
    }
  }
}

try {
  await demo()
  process.exit(0)
} catch (error) {
  process.stderr.write(`\nerror: ${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
