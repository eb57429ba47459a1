/** The golden traces as tests: every case of every topic on a store, and the recorded commands with a real kubectl. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KubectlVersion, kubectlBinary } from '../kubectl-binary.ts'
import { unwanted } from './differences.ts'
import { readKubectlCases } from './kubectl/kubectl-case.ts'
import { KubectlReplay } from './kubectl/replay-kubectl.ts'
import { replay } from './replay.ts'
import { type StoreName, stores } from './stores.ts'
import { readCases, type Topic, topics } from './trace.ts'
import { openWorld, type World } from './world.ts'

/** The watch that lasts over a minute, to see a bookmark come: time is the same on every store. */
export const slow: { readonly topic: Topic; readonly name: string } = { topic: 'd-watch', name: 'bookmarks' }
const isSlow = (topic: Topic, name: string): boolean => topic === slow.topic && name === slow.name

/** All topics but the slow case, each in a world of its own. */
export function goldenSuite(store: StoreName): void {
  describe.each(topics)(`%s on ${store}`, (topic) => {
    let world: World
    beforeAll(async () => {
      world = await openWorld(await stores[store]())
    })
    afterAll(() => world.close())
    for (const one of readCases(topic)) {
      if (isSlow(topic, one.name)) continue
      test(one.name, async () => {
        await world.clean()
        expect(unwanted(topic, one.name, await replay(world, one))).toEqual([])
      })
    }
  })
}

/** The slow case alone, on the store in memory. */
export function slowGoldenCase(): void {
  test(slow.name, async () => {
    const world = await openWorld(await stores.memory())
    try {
      const found = readCases(slow.topic).filter(({ name }) => name === slow.name)
      expect(found).toHaveLength(1)
      for (const one of found) expect(unwanted(slow.topic, one.name, await replay(world, one))).toEqual([])
    } finally {
      await world.close()
    }
  })
}

/** The recorded commands of a kubectl, in order: they build on one another. */
export function kubectlSuite(version: KubectlVersion): void {
  describe(`kubectl ${version}`, () => {
    let world: World
    let player: KubectlReplay
    beforeAll(async () => {
      world = await openWorld(await stores.memory())
      player = await KubectlReplay.start(world, await kubectlBinary(version))
    })
    afterAll(async () => {
      await player.close()
      await world.close()
    })
    for (const one of readKubectlCases(version)) {
      test(one.name, async () => {
        expect(unwanted(`kubectl-${version}`, one.name, await player.play(one))).toEqual([])
      })
    }
  })
}
