/** What every store refuses in a transaction, so that one that works on a laptop works on etcd. */
import { Fault } from '../lib/errors.ts'
import { type Millis, millis } from '../lib/time.ts'
import { checkKey } from './keys.ts'
import { limits } from './limits.ts'
import type { Transaction } from './store.ts'

/** Faults: BadRequest for a bad key or a key written twice, TooLarge over `limits`. Nothing was written then. */
export function checkTransaction({ compare, puts = [], deletes = [] }: Transaction): void {
  const operations = Math.max(compare.length, puts.length + deletes.length)
  if (operations > limits.transactionOperations)
    throw new Fault('TooLarge', `a transaction of ${operations} keys; at most ${limits.transactionOperations}`)
  let bytes = 0
  const written = new Set<string>()
  const count = (key: string): void => {
    checkKey(key)
    bytes += key.length
  }
  const write = (key: string): void => {
    count(key)
    if (written.has(key)) throw new Fault('BadRequest', `a transaction writes ${key} twice`)
    written.add(key)
  }
  for (const { key } of compare) count(key)
  for (const { key, value } of puts) {
    write(key)
    bytes += value.byteLength
  }
  for (const key of deletes) write(key)
  if (bytes > limits.transactionBytes)
    throw new Fault('TooLarge', `a transaction of ${bytes} bytes; at most ${limits.transactionBytes}`)
}

/** Faults: BadRequest for a time to live that no store grants. */
export function checkTtl(ttl: Millis): Millis {
  if (!(ttl >= limits.leaseTtlLeast && ttl <= limits.leaseTtlMost))
    throw new Fault('BadRequest', `a lease of ${ttl} ms; ${limits.leaseTtlLeast} to ${limits.leaseTtlMost} are allowed`)
  return millis(Math.ceil(ttl))
}
