/** `npm run bench -- services`: what a change of one service costs among few and among many, and what it costs to be idle. */
import { Service } from '../../../api/v1/service.ts'
import { TaskDefinition } from '../../../api/v1/task-definition.ts'
import { minutes, seconds } from '../../../lib/time.ts'
import { median } from '../stats.ts'
import { type Crowd, openCrowd, type Work } from './crowd.ts'

const never = new AbortController().signal
const namespace = 'default'
const machines = 50
const tasksEach = 20
/** Changes of each sort, each of another service, and idle stretches; medians are told. */
const repeats = 7
/** In so much time a change has come to rest, and few heartbeats are among its CPU time. */
const rest = seconds(10)

const nameOf = (i: number): string => `service-${i}`
const definition = (version: number) => {
  const environment = [{ name: 'VERSION', value: `${version}` }]
  return { containerDefinitions: [{ name: 'app', image: 'app:1', cpu: 0, memory: 4, essential: true, environment }] }
}

async function create({ client }: Crowd, name: string): Promise<void> {
  await client.create(TaskDefinition, { metadata: { name }, spec: definition(1) }, never)
  const spec = { taskDefinition: name, desiredCount: tasksEach, schedulingStrategy: 'REPLICA' as const }
  await client.create(Service, { metadata: { name, namespace }, spec }, never)
}

/** What users do to a service that runs. */
const changes: Readonly<Record<string, (crowd: Crowd, name: string) => Promise<unknown>>> = {
  [`scale from ${tasksEach} tasks to ${tasksEach + 1}`]: ({ client }, name) => {
    const body = { spec: { desiredCount: tasksEach + 1 } }
    return client.patch(Service, { namespace, name }, { type: 'merge', body }, never)
  },
  [`roll ${tasksEach} tasks to a new revision`]: ({ client }, name) =>
    client.patch(TaskDefinition, { namespace: '', name }, { type: 'merge', body: { spec: definition(2) } }, never),
}

async function allRun({ client }: Crowd, services: number): Promise<void> {
  const { items } = await client.list(Service, { namespace }, never)
  const wrong = items.filter(({ spec, status }) => status?.runningCount !== spec.desiredCount)
  if (items.length !== services || wrong.length > 0)
    throw new Error(`${wrong.length} of ${items.length} services do not run all their tasks`)
}

const cpuOf = (works: readonly Work[]): number => median(works.map(({ cpu }) => cpu))
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

type Row = { readonly writes: string; readonly cpu: string }

async function measure(services: number): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>()
  const crowd = await openCrowd(machines)
  try {
    await crowd.pass(minutes(1))
    const started = await crowd.pass(minutes(3), async () => {
      for (let i = 0; i < services; i += 1) await create(crowd, nameOf(i))
    })
    await allRun(crowd, services)
    const tasks = services * tasksEach
    rows.set('start, each task', {
      writes: (started.writes / tasks).toFixed(1),
      cpu: `${(started.cpu / tasks).toFixed(2)} ms`,
    })
    const idle: Work[] = []
    for (let i = 0; i < repeats; i += 1) idle.push(await crowd.pass(rest))
    const beats = cpuOf(idle)
    rows.set('ten idle seconds', {
      writes: `${sum(idle.map(({ writes }) => writes))} (and ${median(idle.map(({ leaseWrites }) => leaseWrites))} heartbeats)`,
      cpu: `${beats.toFixed(0)} ms`,
    })
    for (const [title, change] of Object.entries(changes)) {
      const works: Work[] = []
      for (let i = 0; i < repeats; i += 1) works.push(await crowd.pass(rest, () => change(crowd, nameOf(i))))
      await allRun(crowd, services)
      rows.set(title, {
        writes: median(works.map(({ writes }) => writes)).toFixed(0),
        cpu: `${(cpuOf(works) - beats).toFixed(0)} ms`,
      })
    }
  } finally {
    await crowd.close()
  }
  return rows
}

/** Prints writes and CPU time for each number of services. */
export async function benchServices(sizes: readonly number[]): Promise<void> {
  const columns = []
  for (const size of sizes) columns.push(await measure(size))
  const header = sizes.flatMap((size) => [`${size.toLocaleString('en')} services: writes`, 'CPU'])
  console.log(`| ${['', ...header].join(' | ')} |\n|${' --- |'.repeat(header.length + 1)}`)
  for (const title of columns[0]?.keys() ?? []) {
    const cells = columns.flatMap((rows) => [rows.get(title)?.writes, rows.get(title)?.cpu])
    console.log(`| ${[title, ...cells].join(' | ')} |`)
  }
}
