/** A rollout of ten tasks, on the real engine, while a client keeps asking those that the API reports healthy. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import { cliFor } from '../../hack/demo/cli.ts'
import { ServiceWatch } from '../../hack/demo/tasks.ts'
import { keepAsking } from '../../hack/demo/traffic.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { Gantry, root } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
})
afterAll(() => gantry[Symbol.asyncDispose]())

const example = (file: string): Promise<string> => readFile(join(root, 'deploy/examples/bookstore', file), 'utf8')
const desired = 10

describe('a rollout', () => {
  it.each([
    { how: 'starts new tasks first', minimum: 100, maximum: 200 },
    { how: 'stops old tasks first', minimum: 50, maximum: 100 },
  ])('of ten tasks that $how fails no request', { timeout: 300_000 }, async ({ minimum, maximum }) => {
    const service = (await example('service.yaml'))
      .replace('desiredCount: 3', `desiredCount: ${desired}`)
      .replace('minimumHealthyPercent: 100', `minimumHealthyPercent: ${minimum}`)
      .replace('maximumPercent: 200', `maximumPercent: ${maximum}`)
    expect((await gantry.apply(`${await example('task-definition.yaml')}\n---\n${service}`)).code).toBe(0)
    const watch = new ServiceWatch(
      cliFor(gantry.kubeConfig, () => undefined),
      'bookstore',
    )
    const end = new AbortController()
    try {
      await watch.until('all serve', () => isThrough(watch.service) && watch.serving.length === desired)
      const before = new Set(watch.alive.map(({ metadata }) => metadata.uid))
      const traffic = keepAsking(() => watch.serving, end.signal)
      expect((await gantry.apply(await example('v2/task-definition.yaml'))).code).toBe(0)
      const replaced = (): boolean => watch.alive.every(({ metadata }) => !before.has(metadata.uid))
      await watch.until('all are replaced', () => replaced() && watch.serving.length === desired, 180)
      expect(await gantry.run('rollout', 'status', 'bookstore')).toMatchObject({ code: 0 })
      end.abort()
      const { requests, failures, versions } = await traffic
      expect(failures).toEqual([])
      expect([...versions.keys()].sort()).toEqual(['1', '2'])
      expect([...versions.values()].reduce((sum, count) => sum + count)).toBe(requests)
    } finally {
      end.abort()
      watch.stop()
      await gantry.run('delete', 'service', 'bookstore', '--timeout', '60s')
      await gantry.run('delete', 'taskdefinition', 'bookstore', '--timeout', '30s')
    }
  })
})

const isThrough = (service: Service | undefined): boolean => service?.status?.rolloutState === 'COMPLETED'
