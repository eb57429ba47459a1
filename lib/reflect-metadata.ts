/**
 * The three Reflect functions that @peculiar/x509's dependency container asks for before it loads. Import this file first.
 * Metadata is kept per target and is not inherited through `getOwnMetadata`.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>()

const own = (key: unknown, target: object): unknown => metadata.get(target)?.get(key)

const polyfill = {
  defineMetadata(key: unknown, value: unknown, target: object): void {
    const of = metadata.get(target) ?? new Map<unknown, unknown>()
    metadata.set(target, of.set(key, value))
  },
  getOwnMetadata: own,
  getMetadata(key: unknown, target: object): unknown {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const found = own(key, at)
      if (found !== undefined) return found
    }
    return undefined
  },
}

for (const [name, value] of Object.entries(polyfill)) {
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true, writable: true })
}
