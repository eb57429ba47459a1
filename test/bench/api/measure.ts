/** One store measured: its server in a process of its own, load from this one. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEtcd } from '../../conformance/etcd-server.ts'
import { median } from '../stats.ts'
import { type Told, taskName, taskNamed, type Wanted } from './contract.ts'
import { type Ask, type Door, Load } from './load.ts'
import { quantile } from './stats.ts'
import { type Lag, watchLag } from './watch-lag.ts'

export type StoreName = 'embedded' | 'etcd'

/** Figures by what they are of. */
export type Figures = Readonly<Record<string, string>>

const tasks = '/apis/gantry.dev/v1/namespaces/default/tasks'
const seconds = 3
const rate = 200

const milliseconds = (times: readonly number[]): string =>
  `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.99).toFixed(1)} ms`

/** CPU of one request: of the server's whole process, and of its event loop, which is what bounds one server. */
interface Cost {
  readonly process: number
  readonly loop: number
}

const costText = ({ process, loop }: Cost): string => `${process.toFixed(2)} (${loop.toFixed(2)}) ms`

type Costs = <T>(run: () => Promise<T>, requests: (result: T) => number) => Promise<readonly [T, Cost]>

async function verbs(load: Load, size: number, costing: Costs): Promise<Figures> {
  let made = size
  const patch = (i: number): object => ({
    metadata: { annotations: { 'bench.gantry.dev/n': `${performance.now()}-${i}` } },
  })
  const named = (i: number): string => `${tasks}/${taskName((i * 7919) % size)}`
  const merge = 'application/merge-patch+json'
  const steadily = (make: (i: number) => Ask) =>
    costing(
      () => load.atRate(rate, seconds, make),
      ({ times }) => times.length,
    )
  const patching = (i: number): Ask => ({ method: 'PATCH', path: named(i), contentType: merge, body: patch(i) })
  await load.throughput(2, 16, (i) => (i % 2 === 0 ? patching(i) : { method: 'GET', path: named(i) })) // to be warm
  const [get, getCost] = await steadily((i) => ({ method: 'GET', path: named(i) }))
  const [create, createCost] = await steadily(() => ({ method: 'POST', path: tasks, body: taskNamed(made++) }))
  const current = await Promise.all(
    Array.from({ length: Math.min(size, rate * seconds) }, async (_, i) =>
      JSON.parse((await load.send({ method: 'GET', path: `${tasks}/${taskName(i)}` })).toString('utf8')),
    ),
  )
  const [update, updateCost] = await steadily((i) => {
    const { metadata, ...rest } = current[i]
    return {
      method: 'PUT',
      path: `${tasks}/${metadata.name}`,
      body: { ...rest, metadata: { ...metadata, ...patchOf(metadata, i) } },
    }
  })
  const [patched, patchCost] = await steadily(patching)
  const before = performance.eventLoopUtilization()
  const [writes, writeCost] = await costing(
    () => load.throughput(seconds, 64, patching),
    ({ requests }) => requests,
  )
  const busy = performance.eventLoopUtilization(before).utilization
  const row = (name: string, { times }: { readonly times: readonly number[] }, cost: Cost): Figures => ({
    [`${name}, p50 / p99 at ${rate}/s`]: milliseconds(times),
    [`${name}, CPU of the process (event loop)`]: costText(cost),
  })
  return {
    ...row('get', get, getCost),
    ...row('create', create, createCost),
    ...row('update', update, updateCost),
    ...row('patch', patched, patchCost),
    'patches/s, 64 at once': writes.perSecond.toFixed(0),
    'the same, CPU of the process (event loop)': costText(writeCost),
    'the same, patches/s for each core that is free': (1000 / writeCost.process).toFixed(0),
    'the same, how busy the load itself was': `${(busy * 100).toFixed(0)} %`,
  }
}

const patchOf = (metadata: { readonly annotations?: object }, i: number): object => ({
  annotations: { ...metadata.annotations, 'bench.gantry.dev/n': `u${i}` },
})

const lagRows = (who: string, { fromAnswer, fromSending, perSecond }: Lag): Figures => ({
  [`${who}: changes/s, of 1,000 offered`]: perSecond.toFixed(0),
  [`${who}: watch lag from the write's answer, p50 / p99`]: milliseconds(fromAnswer),
  [`${who}: watch lag from sending the write, p50 / p99`]: milliseconds(fromSending),
})

async function lists(load: Load): Promise<string> {
  const times: number[] = []
  for (let i = 0; i < 5; i++) times.push(await load.timed({ method: 'GET', path: tasks }))
  return `${median(times).toFixed(0)} ms`
}

/** Measures one store with as many Tasks as each of `sizes`; figures by size. */
export async function measure(name: StoreName, sizes: readonly number[]): Promise<readonly Figures[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gantry-bench-api-'))
  const etcd = name === 'etcd' ? await startEtcd() : undefined
  const where = etcd === undefined ? ['--directory', directory] : ['--endpoint', etcd.endpoint]
  const child = fork(new URL('serve.ts', import.meta.url), where, {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const told = async (): Promise<Told> => (await once(child, 'message'))[0] as Told
  const ask = (wanted: Wanted): Promise<Told> => {
    const answer = told()
    child.send(wanted)
    return answer
  }
  const load = new Load((await told()) as Door)
  const costing: Costs = async (run, requests) => {
    const before = await ask({ do: 'usage' })
    const result = await run()
    const after = await ask({ do: 'usage' })
    const each = (used: 'cpu' | 'loop'): number => ((after[used] ?? 0) - (before[used] ?? 0)) / requests(result)
    return [result, { process: each('cpu'), loop: each('loop') }]
  }
  const figures: Figures[] = []
  try {
    const empty = (await ask({ do: 'seed', tasks: 0 })).memory ?? 0
    for (const size of sizes) {
      const { memory = 0 } = await ask({ do: 'seed', tasks: size })
      const list = await lists(load)
      const lag = { perSecond: 1000, seconds, watchers: 100 }
      const narrow = await watchLag(load, { ...lag, wide: false })
      const wide = await watchLag(load, { ...lag, wide: true })
      const { perSecond = 0 } = await ask({ do: 'raw', writes: 4000 })
      figures.push({
        'raw store, writes/s, 64 at once': perSecond.toFixed(0),
        ...(await verbs(load, size, costing)),
        'list of all': list,
        ...lagRows('100 watchers of one instance each', narrow),
        ...lagRows('100 watchers of all', wide),
        'memory per 10,000 Tasks': `${((((memory - empty) / size) * 10_000) / 2 ** 20).toFixed(0)} MiB`,
      })
      console.error(`${name} with ${size} Tasks: ${JSON.stringify(figures.at(-1))}`)
    }
  } finally {
    load.close()
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
    await etcd?.[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  }
  return figures
}
