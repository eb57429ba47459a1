/** What every store must do: one suite for all backends. The parts are in files of their own, by subject. */
import { describe } from 'vitest'
import { leaseCases } from './store-leases.ts'
import { transactionCases } from './store-transactions.ts'
import type { Cannot, StoreUnderTest } from './store-under-test.ts'
import { watchCases } from './store-watches.ts'

/** Runs the suite on one backend. */
export function storeConformance(name: string, backend: StoreUnderTest, { cannot }: { readonly cannot: Cannot }): void {
  describe(`store conformance: ${name}`, () => {
    transactionCases(backend, cannot)
    watchCases(backend, cannot)
    leaseCases(backend, cannot)
  })
}
