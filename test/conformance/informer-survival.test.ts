/**
 * Our informer on our HTTPS client through what makes others go blind: a thousand cut connections, an hour of silence, a
 * compaction. After each its cache is a fresh list's equal, and no socket more is open than before.
 */
import { expect, onTestFinished, test } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { directClient } from '../../api/client/direct.ts'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import { pinnedCluster } from '../../api/client/pinned-cluster.ts'
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { ObjectCache } from '../../controllers/runtime/cache.ts'
import { runInformer } from '../../controllers/runtime/informer.ts'
import { runtimeLimits } from '../../controllers/runtime/limits.ts'
import { noMetrics } from '../../controllers/runtime/metrics.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { millis, minutes, seconds } from '../../lib/time.ts'
import { aRunningServer } from '../builders/running-server.ts'
import { aWidget, Widget } from '../builders/widget.ts'
import { until } from '../until.ts'
import { type SilentProxy, startSilentProxy } from './silent-proxy.ts'

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }
const { signal } = new AbortController()

interface Following {
  readonly proxy: SilentProxy
  /** In the server's process: what is written through it does not depend on the proxy. */
  readonly writer: ResourceClient
  readonly counts: { lists: number; breaks: number }
  /** Resolves when the cache shows just what the server has. */
  true(): Promise<void>
}

async function follow(watchIdle = runtimeLimits.watchIdle): Promise<Following> {
  const server = await aRunningServer()
  const proxy = await startSilentProxy(server.url)
  const stop = new AbortController()
  const token = server.credentials.adminToken
  const through = proxy.endpoint.replace('http:', 'https:')
  const config = await pinnedCluster(through, token, signal)
  const client = kubernetesClient(config, { ...parts, watchIdle: minutes(30) }) // the informer is to notice
  const writer = directClient(server.registry)
  const cache = new ObjectCache({ onChange: () => undefined })
  const counts = { lists: 0, breaks: 0 }
  const kind = Widget as unknown as Kind
  const options = {
    ...parts,
    client,
    metrics: { ...noMetrics, listed: () => void counts.lists++, watchBroken: () => void counts.breaks++ },
    limits: { ...runtimeLimits, watchIdle, reconnect: { first: millis(1), factor: 2, most: millis(20) } },
    kind,
    only: undefined,
    source: cache.source(kind, undefined),
    onSynced: () => undefined,
  }
  const ended = runInformer(options, stop.signal)
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await ended
    await proxy.close()
  })
  const shown = (objects: readonly Resource[]): readonly string[] =>
    objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted()
  return {
    proxy,
    writer,
    counts,
    async true() {
      const fresh = shown((await writer.list(Widget, {}, signal)).items)
      await until('the cache is a fresh list', () => String(shown(cache.list(Widget))) === String(fresh))
    },
  }
}

test('a thousand cut connections: nothing is missed, nothing leaks', { timeout: 300_000 }, async () => {
  const { proxy, writer, counts, true: isTrue } = await follow()
  await writer.create(Widget, aWidget('first'), signal)
  await isTrue()
  const open = proxy.open
  let most = 0
  for (let cut = 0; cut < 1000; cut++) {
    const before = counts.breaks
    // on some cuts something happens while nobody watches
    if (cut % 10 === 0) await writer.create(Widget, aWidget(`w-${cut}`), signal)
    if (cut % 10 === 5) await writer.delete(Widget, { namespace: 'default', name: `w-${cut - 5}` }, {}, signal)
    await until('a cut was noticed', () => {
      if (counts.breaks > before) return true
      proxy.cut() // again, when there was no watch yet
      return false
    })
    await until('it watches again', () => proxy.open > 0)
    most = Math.max(most, proxy.open)
    if (cut % 100 === 0) await isTrue()
  }
  await isTrue()
  expect(most).toBeLessThanOrEqual(open)
  expect(proxy.connections).toBeGreaterThan(1000)
})

test('a connection that is silent for good is left', async () => {
  const { proxy, writer, true: isTrue } = await follow(seconds(1))
  await writer.create(Widget, aWidget('first'), signal)
  await isTrue()
  for (let silence = 0; silence < 5; silence++) {
    proxy.silence()
    await writer.create(Widget, aWidget(`w-${silence}`), signal)
    await isTrue()
  }
  await until('all that was left is closed', () => proxy.open <= 2)
})

test('what was compacted away while it was cut off is listed again', { timeout: 300_000 }, async () => {
  const { proxy, writer, counts, true: isTrue } = await follow(minutes(30)) // however long the writing takes
  await writer.create(Widget, aWidget('first'), signal)
  await isTrue()
  const lists = counts.lists
  proxy.silence() // the watch hears of nothing from now on
  const one = await writer.create(Widget, aWidget('busy'), signal)
  const key = { namespace: 'default', name: one.metadata.name }
  // more than the server keeps of a kind
  for (let n = 0; n < 9000; n++) {
    await writer.patch(Widget, key, { type: 'merge', body: { metadata: { labels: { n: String(n) } } } }, signal)
  }
  proxy.cut()
  await isTrue()
  expect(counts.lists).toBeGreaterThan(lists)
})
