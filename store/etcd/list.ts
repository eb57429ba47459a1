/** Lists by etcd's range call, in pages of one revision. */
import type { IRangeRequest, IRangeResponse } from 'etcd3'
import { isFault } from '../../lib/errors.ts'
import type { KeyValue, ListOptions, ListResult, Revision } from '../store.ts'
import { type Caller, call } from './call.ts'
import { etcdLimits } from './limits.ts'
import { kvOf, rangeAfter, revisionOf } from './wire.ts'

const range = { service: 'KV', method: 'range', kind: 'read' } as const

/** A list that named no revision may start anew when compaction overtakes it; one that did gets Expired. */
export async function list(caller: Caller, options: ListOptions, signal: AbortSignal): Promise<ListResult> {
  for (let left: number = etcdLimits.listRestarts; ; left--)
    try {
      return await listOnce(caller, options, signal)
    } catch (error) {
      if (!isFault(error, 'Expired') || options.revision !== undefined || left <= 0) throw error
    }
}

async function listOnce(
  caller: Caller,
  { prefix, revision, limit = Number.POSITIVE_INFINITY, after }: ListOptions,
  signal: AbortSignal,
): Promise<ListResult> {
  const items: KeyValue[] = []
  let at: Revision | undefined = revision
  let from = after
  for (;;) {
    const page = Math.min(etcdLimits.listPage, limit - items.length)
    const request: IRangeRequest = {
      ...rangeAfter(prefix, from),
      // etcd has no page of nothing: 0 would be everything.
      ...(page > 0 ? { limit: String(page) } : { count_only: true }),
      revision: String(at ?? 0),
    }
    const response = await call<IRangeResponse>(caller, range, request, signal)
    at ??= revisionOf(response.header.revision)
    for (const kv of response.kvs) items.push(kvOf(kv))
    const remaining = Number(response.count) - response.kvs.length
    if (remaining <= 0 || items.length >= limit) return { revision: at, items, remaining }
    from = items.at(-1)?.key
  }
}
