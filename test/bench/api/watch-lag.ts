/** How long after a write its event arrives, with many watchers. */

import { until } from '../../until.ts'
import { instanceOf, instances, taskName } from './contract.ts'
import type { Load } from './load.ts'

const tasks = '/apis/gantry.dev/v1/namespaces/default/tasks'
/** Writes at a time: a writer that is behind is not asked for more, else its queue would be measured and not the watches. */
const mostWrites = 32
/** Watchers whose events are looked at: to read what 100 of them get would be the load's work, and what is measured. */
const mostRead = 10

interface Arrival {
  readonly write: number
  readonly at: number
}

export interface Lag {
  /** ms from the answer to the write; 0 when the event came first. Infinite for what never came. */
  readonly fromAnswer: readonly number[]
  /** ms from sending the write. */
  readonly fromSending: readonly number[]
  /** Writes that were answered. */
  readonly perSecond: number
}

/** Opens one watch and takes what comes; `seen` hears of each change. */
async function follow(load: Load, query: string, seen: ((write: number) => void) | undefined): Promise<() => void> {
  const body = await load.open({ method: 'GET', path: `${tasks}?watch=true&${query}` })
  let rest = ''
  if (seen === undefined) body.resume()
  else {
    body.on('data', (chunk: Buffer) => {
      const text = rest + chunk.toString('latin1')
      let end = 0
      for (const match of text.matchAll(/"bench\.gantry\.dev\/write":"(\d+)"/g)) {
        seen(Number(match[1]))
        end = match.index + match[0].length
      }
      rest = text.slice(Math.max(end, text.length - 40)) // a mark may be cut in two
    })
  }
  body.on('error', () => undefined)
  return () => body.destroy()
}

/** The lag of all events that watchers should hear of; of those that are read. */
export async function watchLag(
  load: Load,
  options: { readonly perSecond: number; readonly seconds: number; readonly watchers: number; readonly wide: boolean },
): Promise<Lag> {
  const list = JSON.parse((await load.send({ method: 'GET', path: `${tasks}?limit=1` })).toString('utf8'))
  const version = list.metadata.resourceVersion as string
  const arrivals: Arrival[] = []
  const seen = (write: number): void => void arrivals.push({ write, at: performance.now() })
  // who watches one instance hears little: all of those are read
  const read = options.wide ? mostRead : options.watchers
  const leave = await Promise.all(
    Array.from({ length: options.watchers }, (_, i) => {
      const narrow = options.wide ? '' : `&fieldSelector=spec.containerInstance%3D${instanceOf(i)}`
      return follow(load, `resourceVersion=${version}${narrow}`, i < read ? seen : undefined)
    }),
  )
  const writes = options.perSecond * options.seconds
  const sent: number[] = []
  const answered: number[] = []
  const { perSecond } = await load.atRate(
    options.perSecond,
    options.seconds,
    (i) => {
      sent[i] = performance.now()
      return {
        method: 'PATCH',
        path: `${tasks}/${taskName(i % 1000)}`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { 'bench.gantry.dev/write': String(i) } } },
      }
    },
    {
      most: mostWrites,
      ended: (i) => {
        answered[i] = performance.now()
      },
    },
  )
  const wanted = options.wide ? writes * read : (writes * options.watchers) / instances
  await until('the events arrived', () => arrivals.length >= wanted, 10).catch(() => undefined)
  for (const one of leave) one()
  const missing = new Array<number>(Math.max(0, wanted - arrivals.length)).fill(Number.POSITIVE_INFINITY)
  const since = (from: readonly number[]): readonly number[] => [
    ...arrivals.map(({ write, at }) => Math.max(0, at - (from[write] ?? 0))),
    ...missing,
  ]
  return { fromAnswer: since(answered), fromSending: since(sent), perSecond }
}
