/** What a process knows after its own writes: those that were answered, and those that nobody answered. */
import { describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { keyOf } from '../../api/meta/object.ts'
import { Task } from '../../api/v1/task.ts'
import { Fault, type FaultCode } from '../../lib/errors.ts'
import { aTask } from '../../test/builders/kinds.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { ObjectCache } from './cache.ts'
import { cachingClient } from './caching-client.ts'

const signal = new AbortController().signal
const stop = { type: 'merge' as const, body: { spec: { desiredStatus: 'STOPPED' } } }

async function aSetting() {
  const server = await openClient()
  const cache = new ObjectCache({ onChange: () => undefined })
  const source = cache.source(Task as unknown as Kind, undefined)
  const [a, b] = [await server.put(aTask({ name: 'a' })), await server.put(aTask({ name: 'b' }))]
  source.replace([a, b], server.resourceVersion)
  const desired = (task: Task) => cache.get(Task, keyOf(task))?.spec.desiredStatus
  return { server, cache, source, client: cachingClient(server, cache), a, b, desired }
}
const answering = (code: FaultCode) => () => new Fault(code, 'no answer')

describe('a write that nobody answered', () => {
  it.each<{ code: FaultCode }>([{ code: 'Timeout' }, { code: 'Unavailable' }])(
    'and that was applied ($code) keeps the next one from being made without knowing',
    async ({ code }) => {
      const { server, client, a, b, desired } = await aSetting()
      server.afterWrite(answering(code))
      await expect(client.patch(Task, keyOf(a), stop, signal)).rejects.toMatchObject({ code })
      expect(desired(a)).toBe('RUNNING')
      server.afterWrite(undefined)
      await expect(client.patch(Task, keyOf(b), stop, signal)).rejects.toMatchObject({ code: 'Conflict' })
      expect([desired(a), desired(b)]).toEqual(['STOPPED', 'RUNNING'])
      expect((await server.get(Task, keyOf(b), signal)).spec.desiredStatus).toBe('RUNNING')
      await client.patch(Task, keyOf(b), stop, signal)
      expect(desired(b)).toBe('STOPPED')
    },
  )

  it('and that was not applied holds nothing up', async () => {
    const { server, client, a, b, desired } = await aSetting()
    server.interrupt((verb) => (verb === 'patch' ? new Fault('Unavailable', 'cut off') : undefined))
    await expect(client.patch(Task, keyOf(a), stop, signal)).rejects.toMatchObject({ code: 'Unavailable' })
    server.interrupt(undefined)
    await client.patch(Task, keyOf(b), stop, signal)
    expect([desired(a), desired(b)]).toEqual(['RUNNING', 'STOPPED'])
  })

  it('stays in doubt while the server does not say', async () => {
    const { server, client, a, b, desired } = await aSetting()
    server.afterWrite(answering('Timeout'))
    await expect(client.patch(Task, keyOf(a), stop, signal)).rejects.toMatchObject({ code: 'Timeout' })
    server.afterWrite(undefined)
    server.interrupt((verb) => (verb === 'get' ? new Fault('Unavailable', 'cut off') : undefined))
    for (const _ of [1, 2])
      await expect(client.patch(Task, keyOf(b), stop, signal)).rejects.toMatchObject({ code: 'Unavailable' })
    server.interrupt(undefined)
    await expect(client.patch(Task, keyOf(b), stop, signal)).rejects.toMatchObject({ code: 'Conflict' })
    expect([desired(a), desired(b)]).toEqual(['STOPPED', 'RUNNING'])
  })

  it('of a deletion is looked for, too', async () => {
    const { server, client, a, b, desired } = await aSetting()
    server.interrupt(async (verb) => {
      if (verb !== 'delete') return
      await server.remove(a)
      throw new Fault('Timeout', 'no answer')
    })
    await expect(client.delete(Task, keyOf(a), {}, signal)).rejects.toMatchObject({ code: 'Timeout' })
    server.interrupt(undefined)
    await expect(client.patch(Task, keyOf(b), stop, signal)).rejects.toMatchObject({ code: 'Conflict' })
    expect(desired(a)).toBeUndefined()
  })
})

it('an answer to a deletion that comes late does not hide who has the name by then', async () => {
  const { server, cache, source, a } = await aSetting()
  const late: Pick<ResourceClient, 'delete'> = {
    async delete(...asked) {
      await server.delete(...asked)
      source.remove({ ...a, metadata: { ...a.metadata, resourceVersion: server.resourceVersion } })
      source.put(await server.put(aTask({ name: 'a', metadata: { uid: 'another' } })))
    },
  }
  const client = cachingClient(Object.assign(Object.create(server) as ResourceClient, late), cache)
  await client.delete(Task, keyOf(a), {}, signal)
  const now = cache.get(Task, keyOf(a))
  expect(now).toBeDefined()
  expect(now?.metadata.uid).not.toBe(a.metadata.uid)
})
