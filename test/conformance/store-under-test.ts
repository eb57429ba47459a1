/** What the store's suite is given. */
import type { Millis } from '../../lib/time.ts'
import type { Store } from '../../store/store.ts'

export interface StoreUnderTest {
  /** Another store, or another client of the same one: cases keep to a prefix of their own. */
  readonly open: () => Promise<Store>
  /** The shortest lease that this backend keeps to. */
  readonly leaseTtl: Millis
}

/** What a backend cannot do, by the name of the case, and why. The real ones run everything. */
export type Cannot = Readonly<Record<string, string>>
