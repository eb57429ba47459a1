/** One store measured: its server in a process of its own, load from this one. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEtcd } from '../../conformance/etcd-server.ts'
import { median } from '../stats.ts'
import { type Told, taskName, taskNamed, type Wanted } from './contract.ts'
import { type Door, Load } from './load.ts'
import { quantile } from './stats.ts'
import { watchLag } from './watch-lag.ts'

export type StoreName = 'embedded' | 'etcd'

/** Figures by what they are of. */
export type Figures = Readonly<Record<string, string>>

const tasks = '/apis/gantry.dev/v1/namespaces/default/tasks'
const seconds = 4
const rate = 200

const milliseconds = (times: readonly number[]): string =>
  `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.99).toFixed(1)} ms`

async function verbs(load: Load, size: number): Promise<Figures> {
  let made = size
  const patch = (i: number): object => ({
    metadata: { annotations: { 'bench.gantry.dev/n': `${performance.now()}-${i}` } },
  })
  const named = (i: number): string => `${tasks}/${taskName((i * 7919) % size)}`
  const merge = 'application/merge-patch+json'
  const get = await load.atRate(rate, seconds, (i) => ({ method: 'GET', path: named(i) }))
  const create = await load.atRate(rate, seconds, () => ({ method: 'POST', path: tasks, body: taskNamed(made++) }))
  const current = await Promise.all(
    Array.from({ length: rate * seconds }, async (_, i) =>
      JSON.parse((await load.send({ method: 'GET', path: `${tasks}/${taskName(i)}` })).toString('utf8')),
    ),
  )
  const update = await load.atRate(rate, seconds, (i) => {
    const { metadata, ...rest } = current[i]
    return {
      method: 'PUT',
      path: `${tasks}/${metadata.name}`,
      body: { ...rest, metadata: { ...metadata, ...patchOf(metadata, i) } },
    }
  })
  const patched = await load.atRate(rate, seconds, (i) => ({
    method: 'PATCH',
    path: named(i),
    contentType: merge,
    body: patch(i),
  }))
  const writes = await load.throughput(seconds, 64, (i) => ({
    method: 'PATCH',
    path: named(i),
    contentType: merge,
    body: patch(i),
  }))
  return {
    [`get, p50 / p99 at ${rate}/s`]: milliseconds(get),
    [`create, p50 / p99 at ${rate}/s`]: milliseconds(create),
    [`update, p50 / p99 at ${rate}/s`]: milliseconds(update),
    [`patch, p50 / p99 at ${rate}/s`]: milliseconds(patched),
    'writes/s, 64 at once': writes.toFixed(0),
  }
}

const patchOf = (metadata: { readonly annotations?: object }, i: number): object => ({
  annotations: { ...metadata.annotations, 'bench.gantry.dev/n': `u${i}` },
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
        ...(await verbs(load, size)),
        'list of all': list,
        'watch lag at 1,000 changes/s, 100 watchers of one instance each, p50 / p99': milliseconds(narrow),
        'the same, each watching all': milliseconds(wide),
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
