/** A rollout of ten tasks, on the real engine, fails no request. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { rolloutUnderRequests } from '../rollout-under-requests.ts'
import { Gantry } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
})
afterAll(() => gantry[Symbol.asyncDispose]())

describe('a rollout', () => {
  it.each([
    { how: 'starts new tasks first', minimum: 100, maximum: 200 },
    { how: 'stops old tasks first', minimum: 50, maximum: 100 },
  ])('of ten tasks that $how fails no request', { timeout: 300_000 }, async (percents) => {
    const { requests, failures, versions, status } = await rolloutUnderRequests(gantry, percents)
    expect(failures).toEqual([])
    expect([...versions.keys()].sort()).toEqual(['1', '2'])
    expect([...versions.values()].reduce((sum, count) => sum + count)).toBe(requests)
    expect(status).toMatchObject({ code: 0 })
  })
})
