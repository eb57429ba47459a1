/** What an agent says of the images that its tasks run. */
import { expect, it } from 'vitest'
import type { Task } from '../../api/v1/task.ts'
import { Fault } from '../../lib/errors.ts'
import { seconds } from '../../lib/time.ts'
import { type AgentWorld, aWorld } from '../../test/builders/agent-world.ts'
import { aContainer, aServiceRevision, aTask, aTaskDefinitionRevision } from '../../test/builders/kinds.ts'

/** A task of service revision `web-1` that runs `web:1`, bound to `one`. */
async function serve(w: AgentWorld, spec: Partial<Task['spec']> = {}): Promise<void> {
  const taskDefinition = { containerDefinitions: [aContainer({ image: 'web:1' })] }
  await w.client.put(aTaskDefinitionRevision({ spec: { taskDefinition } }))
  await w.client.put(
    aTask({ owner: aServiceRevision(), spec: { taskDefinition: 'web.1', containerInstance: 'one', ...spec } }),
  )
}
const digestOf = (w: AgentWorld): string | undefined => w.task('web-1-0-1').status?.containers?.[0]?.imageDigest

it('the digest of the first task is told, and its container is made of just that', async () => {
  const w = await (await aWorld()).startAgent()
  w.registry.set('web:1', 'sha256:1')
  await serve(w)
  await w.pass(seconds(5))
  expect(w.task('web-1-0-1').status?.containers).toMatchObject([{ image: 'web:1', imageDigest: 'sha256:1' }])
  expect(w.engine.containers().map(({ image }) => image)).toEqual(['web@sha256:1'])
})

it('a task that is told a digest runs it, wherever the tag is now', async () => {
  const w = await (await aWorld()).startAgent()
  w.registry.set('web:1', 'sha256:2')
  await serve(w, { containerImages: [{ containerName: 'app', image: 'web:1', imageDigest: 'sha256:1' }] })
  await w.pass(seconds(5))
  expect(digestOf(w)).toBe('sha256:1')
  expect(w.engine.containers().map(({ image }) => image)).toEqual(['web@sha256:1'])
})

it('an agent that dies before it could tell tells when it is back', async () => {
  const w = await (await aWorld()).startAgent()
  w.registry.set('web:1', 'sha256:1')
  w.trouble = (verb, kind) =>
    verb === 'updateStatus' && kind === 'Task' ? new Fault('Unavailable', 'away') : undefined
  await serve(w)
  await w.pass(seconds(5))
  await w.stopAgent()
  expect([w.running(), digestOf(w)]).toEqual([['app'], undefined])
  w.trouble = undefined
  await w.startAgent()
  await w.pass(seconds(5))
  expect(digestOf(w)).toBe('sha256:1')
})
