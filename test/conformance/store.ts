/** What every store must do: one suite for all backends. The parts are in files of their own, by subject. */
import { describe } from 'vitest'
import type { Millis } from '../../lib/time.ts'
import type { Store } from '../../store/store.ts'
import { leaseCases } from './store-leases.ts'
import { transactionCases } from './store-transactions.ts'
import { watchCases } from './store-watches.ts'

export interface StoreUnderTest {
  /** Another store, or another client of the same one: cases keep to a prefix of their own. */
  readonly open: () => Promise<Store>
  /** The shortest lease that this backend keeps to. */
  readonly leaseTtl: Millis
}

/** What a backend cannot do, by the name of the case, and why. The real ones run everything. */
export type Cannot = Readonly<Record<string, string>>

/** Runs the suite on one backend. */
export function storeConformance(name: string, backend: StoreUnderTest, { cannot }: { readonly cannot: Cannot }): void {
  describe(`store conformance: ${name}`, () => {
    transactionCases(backend, cannot)
    watchCases(backend, cannot)
    leaseCases(backend, cannot)
  })
}
