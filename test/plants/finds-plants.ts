/** The simulation is only worth what it finds: each planted bug breaks the invariant that is there for it. */
import { expect, it } from 'vitest'
import { simulate } from '../simulation/simulate.ts'

export interface Planted {
  /** A name of test/simulation/plants.ts. */
  readonly plant: string
  /** Invariants of which one must be the first to break. */
  readonly breaks: readonly string[]
}

const seeds = 200

/** A test for each: within 200 seeds one shows the bug, and without the bug that seed passes. */
export function findsPlants(planted: readonly Planted[]): void {
  it.each(planted)('finds $plant', { timeout: 600_000 }, async ({ plant, breaks }) => {
    let broken: string | undefined
    let seed = 0
    while (broken === undefined && seed < seeds) {
      seed += 1
      broken = (await simulate({ seed, plant })).broken
    }
    expect(breaks).toContain(broken)
    expect(await simulate({ seed })).toMatchObject({ broken: undefined })
  })
}
