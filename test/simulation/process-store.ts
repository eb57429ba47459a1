/** A process's line to the store: commits are signed with who made them, and go wrong when told to. */
import { type Clock, sleep } from '../../lib/clock.ts'
import { Fault } from '../../lib/errors.ts'
import { type Random, randomBelow } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import type { Store, Transaction, TransactionResult } from '../../store/store.ts'
import { type Conditions, reliable } from './conditions.ts'
import { currentActor } from './process-client.ts'

export interface StoreLine {
  readonly clock: Clock
  readonly random: Random
  /** Default: nothing goes wrong. */
  readonly conditions?: Conditions
  /** Told who committed a revision. */
  readonly signed: (revision: number, actor: string) => void
}

/** A late answer comes so much later, in ms. */
const lateness = 1500

export function processStore(store: Store, { clock, random, conditions, signed }: StoreLine): Store {
  async function transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult> {
    const { refuse, lose, late } = conditions?.flakyStore ?? reliable
    const chance = random.next()
    if (chance < refuse) throw new Fault('Unavailable', 'the store refuses')
    const actor = currentActor.getStore() ?? '?'
    const result = await store.transact(transaction, signal)
    if (result.committed) signed(result.revision, actor)
    if (chance < refuse + lose) throw new Fault('Timeout', 'the store did not answer; it has committed')
    if (chance < refuse + lose + late) await sleep(clock, millis(randomBelow(random, lateness)), signal)
    return result
  }
  return {
    transact,
    get: (key, signal, at) => store.get(key, signal, at),
    list: (options, signal) => store.list(options, signal),
    watch: (options, signal) => store.watch(options, signal),
    grantLease: (ttl, signal) => store.grantLease(ttl, signal),
    renewLease: (lease, signal) => store.renewLease(lease, signal),
    revokeLease: (lease, signal) => store.revokeLease(lease, signal),
    compact: (before, signal) => store.compact(before, signal),
    currentRevision: (signal) => store.currentRevision(signal),
    close: () => store.close(),
  }
}
