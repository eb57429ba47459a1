/** Between the store's words and etcd's protocol buffers. */
import type { ICompare, IKeyValue, IRangeRequest, IRequestOp } from 'etcd3'
import { type KeyValue, type LeaseId, type Revision, revision, type StoreEvent, type Transaction } from '../store.ts'

/** All ranges that end with this one byte have no end. */
const noEnd = Buffer.from([0])

const noLease = '0'

export interface WireEvent {
  /** proto-loader gives enums by name. */
  readonly type: 'Put' | 'Delete'
  readonly kv: IKeyValue
  readonly prev_kv: IKeyValue | null
}

export const revisionOf = (text: string): Revision => revision(Number(text))

/** Copies the value, which is a window on the whole message: holding one value must not hold a megabyte of list. */
export const kvOf = (kv: IKeyValue): KeyValue => ({
  key: kv.key.toString('utf8'),
  value: new Uint8Array(kv.value),
  modRevision: revisionOf(kv.mod_revision),
  createRevision: revisionOf(kv.create_revision),
  lease: kv.lease === noLease ? undefined : (kv.lease as LeaseId),
})

export function eventOf({ type, kv, prev_kv }: WireEvent): StoreEvent {
  const previous = prev_kv === null ? undefined : kvOf(prev_kv)
  return type === 'Put'
    ? { type: 'put', kv: kvOf(kv), previous }
    : { type: 'delete', key: kv.key.toString('utf8'), modRevision: revisionOf(kv.mod_revision), previous }
}

/** The range of all keys that start with `prefix`: up to the prefix with its last byte raised (never 0xff in UTF-8). */
export function rangeOf(prefix: string): { readonly key: Buffer; readonly range_end: Buffer } {
  if (prefix === '') return { key: noEnd, range_end: noEnd }
  const key = Buffer.from(prefix)
  const end = Buffer.from(key)
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1)
  return { key, range_end: end }
}

/** The same, without `after` and what comes before it. */
export function rangeAfter(prefix: string, after: string | undefined): { key: Buffer; range_end: Buffer } {
  const range = rangeOf(prefix)
  if (after === undefined) return range
  const next = Buffer.concat([Buffer.from(after), noEnd])
  return { ...range, key: Buffer.compare(next, range.key) > 0 ? next : range.key }
}

const rangeOfKey = (key: string): { request_range: IRangeRequest } => ({ request_range: { key: Buffer.from(key) } })

export function txnOf({ compare, puts = [], deletes = [] }: Transaction): {
  compare: ICompare[]
  success: IRequestOp[]
  failure: IRequestOp[]
} {
  return {
    compare: compare.map(({ key, modRevision }) => ({
      result: 'Equal',
      target: 'Mod',
      key: Buffer.from(key),
      mod_revision: String(modRevision),
    })),
    success: [
      ...puts.map(({ key, value, lease = noLease as LeaseId }) => ({
        request_put: { key: Buffer.from(key), value: bufferOf(value), lease },
      })),
      ...deletes.map((key) => ({ request_delete_range: { key: Buffer.from(key) } })),
    ],
    failure: compare.map(({ key }) => rangeOfKey(key)),
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
