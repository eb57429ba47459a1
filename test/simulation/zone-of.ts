/** In which availability zone each instance of a simulation is. */

/** Of the `n`-th instance: there are two zones or three, or none in half of the seeds. */
export const zoneOf = (seed: number, n: number): string | undefined =>
  seed % 4 < 2 ? undefined : ['a', 'b', 'c'][n % (2 + ((seed >> 2) % 2))]
