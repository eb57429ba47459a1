import { describe, expect, it } from 'vitest'
import { Lease, Namespace } from '../../api/v1/core.ts'
import { openClient, type TestClient } from '../../test/builders/test-client.ts'
import { takeNumber } from './number.ts'

const { signal } = new AbortController()
const take = (client: TestClient, registration: string, taken = 0, head = 'web'): Promise<number> =>
  takeNumber(client, head, { taken, registration }, signal)

describe('takeNumber', () => {
  it('counts up from 1, for each family on its own', async () => {
    const client = await openClient()
    expect([await take(client, 'a'), await take(client, 'b'), await take(client, 'c', 0, 'api')]).toEqual([1, 2, 1])
  })
  it('gives the same registration the same number again, as after a crash', async () => {
    const client = await openClient()
    await take(client, 'a')
    expect([await take(client, 'b', 1), await take(client, 'b', 1)]).toEqual([2, 2])
  })
  it('skips what others took, and gives a new one to a holder whose number is taken', async () => {
    const client = await openClient()
    expect(await take(client, 'a', 4)).toBe(5)
    expect(await take(client, 'a', 5)).toBe(6)
  })
  it('two at once get different numbers: one is told to try again', async () => {
    const client = await openClient()
    await take(client, 'first')
    const outcomes = await Promise.allSettled([take(client, 'a'), take(client, 'b')])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(client.all(Lease)[0]?.spec.leaseTransitions).toBe(2)
  })
  it('makes the system namespace when there is none', async () => {
    const client = await openClient([], { namespaces: [] })
    expect(await take(client, 'a')).toBe(1)
    expect(client.all(Namespace)[0]?.metadata.name).toBe('gantry-system')
  })
})
