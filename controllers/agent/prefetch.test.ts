/** Images that are wanted on an instance before its tasks want them. */
import { expect, it } from 'vitest'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { millis, seconds } from '../../lib/time.ts'
import { type AgentWorld, aRunningAgent } from '../../test/builders/agent-world.ts'

const instanceIn = (w: AgentWorld): ContainerInstance => w.client.all(ContainerInstance)[0] as ContainerInstance
const imagesIn = (w: AgentWorld) => instanceIn(w).status?.images
async function want(w: AgentWorld, ...images: readonly string[]): Promise<void> {
  const instance = instanceIn(w)
  const prefetch = images.length === 0 ? undefined : [{ service: 'web', images: [...images] }]
  await w.client.put({ ...instance, status: { ...instance.status, prefetch } })
  await w.pass(millis(10))
}

it('are pulled, told once they are there, and forgotten when nobody wants them any more', async () => {
  const w = await aRunningAgent()
  await want(w, 'far:1', 'app:1')
  const told = imagesIn(w)
  expect(told).toMatchObject([{ image: 'app:1', pulledAt: expect.any(String) }])
  await w.pass(seconds(3))
  expect(imagesIn(w)).toEqual([...(told ?? []), { image: 'far:1', pulledAt: expect.any(String) }])
  const version = instanceIn(w).metadata.resourceVersion
  await w.pass(seconds(60))
  expect(instanceIn(w).metadata.resourceVersion).toBe(version)
  await want(w)
  expect(imagesIn(w)).toEqual([])
})

it('that cannot be pulled are told with the reason, and tried again', async () => {
  const w = await aRunningAgent()
  await want(w, 'missing:1')
  await w.pass(seconds(3))
  expect(imagesIn(w)).toEqual([{ image: 'missing:1', reason: expect.stringContaining('pull access denied') }])
  const version = instanceIn(w).metadata.resourceVersion
  await w.pass(seconds(60))
  expect(instanceIn(w).metadata.resourceVersion).toBe(version)
})

it('stay told while an agent that was started anew looks again', async () => {
  const w = await aRunningAgent()
  await want(w, 'far:1')
  await w.pass(seconds(4))
  const told = imagesIn(w)
  expect(told).toHaveLength(1)
  await w.stopAgent()
  await w.startAgent()
  await w.pass(seconds(4))
  expect(imagesIn(w)).toEqual(told)
})
