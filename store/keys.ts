/** Keys in the order of their UTF-8 bytes, which is etcd's; JavaScript's own order differs past U+FFFF. */
import { Fault } from '../lib/errors.ts'
import { limits } from './limits.ts'

/** UTF-16 puts surrogates (U+10000 and up) before U+E000..U+FFFF; bytes put them after. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** Negative when `a` comes before `b` in byte order, 0 when they are equal. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** A prefix may be empty, a key may not; both must be encodable. Faults: BadRequest. */
export function checkPrefix(prefix: string): void {
  if (!prefix.isWellFormed()) throw new Fault('BadRequest', `prefix ${JSON.stringify(prefix)} is not valid Unicode`)
}

/** Faults: BadRequest for a key that no store can hold. */
export function checkKey(key: string): void {
  if (key === '') throw new Fault('BadRequest', 'a key must not be empty')
  if (!key.isWellFormed()) throw new Fault('BadRequest', `key ${JSON.stringify(key)} is not valid Unicode`)
  if (key.length * 3 > limits.keyBytes && Buffer.byteLength(key) > limits.keyBytes)
    throw new Fault('TooLarge', `key ${key.slice(0, 64)}... has more than ${limits.keyBytes} bytes`)
}
