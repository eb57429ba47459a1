/** Keeps a map that remembers within bounds. */

/** Forgets what was put in first until `most` are left. */
export function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
