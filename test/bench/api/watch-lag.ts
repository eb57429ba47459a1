/** How long after a write was sent its event arrives, with many watchers. */

import { until } from '../../until.ts'
import { instanceOf, instances, taskName } from './contract.ts'
import type { Load } from './load.ts'

const tasks = '/apis/gantry.dev/v1/namespaces/default/tasks'

/** Reads one watch; `seen` hears of each change's mark. */
async function follow(load: Load, query: string, seen: (mark: string) => void): Promise<() => void> {
  const body = await load.open({ method: 'GET', path: `${tasks}?watch=true&${query}` })
  let rest = ''
  body.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1')
    for (const [, mark = ''] of text.matchAll(/"bench\.gantry\.dev\/at":"([^"]+)"/g)) seen(mark)
    // A mark may be cut in two; what is kept is too short to hold a whole one.
    rest = text.slice(-40)
  })
  body.on('error', () => undefined)
  return () => body.destroy()
}

/** Milliseconds from sending a change to its arrival, for each watcher that should hear of it; infinite when it did not come. */
export async function watchLag(
  load: Load,
  options: { readonly perSecond: number; readonly seconds: number; readonly watchers: number; readonly wide: boolean },
): Promise<readonly number[]> {
  const list = JSON.parse((await load.send({ method: 'GET', path: `${tasks}?limit=1` })).toString('utf8'))
  const version = list.metadata.resourceVersion as string
  const lags: number[] = []
  const seen = (mark: string): void => void lags.push(performance.now() - Number(mark.split('_')[0]))
  const leave = await Promise.all(
    Array.from({ length: options.watchers }, (_, i) => {
      const narrow = options.wide ? '' : `&fieldSelector=spec.containerInstance%3D${instanceOf(i)}`
      return follow(load, `resourceVersion=${version}${narrow}`, seen)
    }),
  )
  const wanted = options.perSecond * options.seconds * (options.wide ? options.watchers : options.watchers / instances)
  await load.atRate(options.perSecond, options.seconds, (i) => ({
    method: 'PATCH',
    path: `${tasks}/${taskName(i % 1000)}`,
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { 'bench.gantry.dev/at': `${performance.now().toFixed(3)}_${i}` } } },
  }))
  await until('the events arrived', () => lags.length >= wanted, 20).catch(() => undefined)
  for (const one of leave) one()
  const missing = Math.max(0, wanted - lags.length)
  return [...lags, ...new Array<number>(missing).fill(Number.POSITIVE_INFINITY)]
}
