/** Decides the next step in the life of each revision: ACTIVE, INACTIVE, DELETE_IN_PROGRESS, gone (ecs-core 3.6). */
import { withCondition, withoutCondition } from '../../../api/meta/conditions.ts'
import { isDeleting } from '../../../api/meta/object.ts'
import { revisionStatusOf, type TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import { inUseCondition, inUseFinalizer } from '../../../api/v1/well-known.ts'
import { isEqual } from '../../../lib/equal.ts'
import { earliest, type Instant, type Millis, parseTimestamp, plus, timestamp } from '../../../lib/time.ts'
import { holdersOf, holdersText, isReferenced, type References } from './holders.ts'

type Status = NonNullable<TaskDefinitionRevision['status']>

/** One step for one revision; what follows is decided by another pass, on what this one wrote. */
export type Step =
  /** From now on it does not go while it is in use. */
  | { readonly do: 'hold'; readonly revision: TaskDefinitionRevision }
  | { readonly do: 'setStatus'; readonly revision: TaskDefinitionRevision; readonly status: Status }
  | { readonly do: 'deregister'; readonly revision: TaskDefinitionRevision }
  | { readonly do: 'delete'; readonly revision: TaskDefinitionRevision }
  /** Nothing holds it any more: it may go. */
  | { readonly do: 'release'; readonly revision: TaskDefinitionRevision }

export interface Lives {
  readonly steps: readonly Step[]
  readonly wakeAt: Instant | undefined
}

export interface LifeLimits {
  readonly deregisteredFor: Millis
  readonly settle: Millis
  readonly recheck: Millis
}

interface Life {
  readonly step?: Step
  readonly wakeAt?: Instant
}

const isHeld = ({ metadata }: TaskDefinitionRevision): boolean => metadata.finalizers?.includes(inUseFinalizer) === true

/** The status as it should be; `holders`: of one that is to go. */
function statusOf(revision: TaskDefinitionRevision, holders: readonly string[], now: Instant): Status {
  const { status: old, metadata } = revision
  const status = revisionStatusOf(revision)
  const message = `Its deletion waits for ${holdersText(holders)}.`
  const inUse = { type: inUseCondition, status: 'True', reason: 'Referenced', message } as const
  const conditions =
    holders.length > 0 ? withCondition(old?.conditions, inUse, now) : withoutCondition(old?.conditions, inUseCondition)
  const { deletionTimestamp, creationTimestamp } = metadata
  return {
    ...old,
    status,
    registeredAt: old?.registeredAt ?? creationTimestamp ?? undefined,
    ...(status === 'ACTIVE' ? {} : { deregisteredAt: old?.deregisteredAt ?? timestamp(now) }),
    ...(deletionTimestamp === undefined || deletionTimestamp === null ? {} : { deleteRequestedAt: deletionTimestamp }),
    ...(conditions.length > 0 || old?.conditions !== undefined ? { conditions: [...conditions] } : {}),
  }
}

function leaving(revision: TaskDefinitionRevision, references: References, now: Instant, limits: LifeLimits): Life {
  const holders = holdersOf(revision, references)
  const since = parseTimestamp(revision.metadata.deletionTimestamp ?? undefined) ?? now
  const settled = plus(since, limits.settle)
  if (holders.length === 0 && settled <= now) return isHeld(revision) ? { step: { do: 'release', revision } } : {}
  const status = statusOf(revision, holders, now)
  return {
    ...(isEqual(status, revision.status ?? {}) ? {} : { step: { do: 'setStatus', revision, status } }),
    wakeAt: settled > now ? settled : plus(now, limits.recheck),
  }
}

/** `isOld`: the family keeps enough newer ones. */
function staying(
  revision: TaskDefinitionRevision,
  isOld: boolean,
  references: References,
  now: Instant,
  limits: LifeLimits,
): Life {
  if (!isHeld(revision)) return { step: { do: 'hold', revision } }
  const status = statusOf(revision, [], now)
  if (!isEqual(status, revision.status ?? {})) return { step: { do: 'setStatus', revision, status } }
  if (!isOld || isReferenced(revision, references)) return {}
  if (status.status === 'ACTIVE') return { step: { do: 'deregister', revision } }
  const due = plus(parseTimestamp(status.deregisteredAt) ?? now, limits.deregisteredFor)
  return due <= now ? { step: { do: 'delete', revision } } : { wakeAt: due }
}

/** Those of `own` (oldest first) that are neither among the newest `keep` nor what the family's name means. */
export function oldOf(own: readonly TaskDefinitionRevision[], keep: number): ReadonlySet<TaskDefinitionRevision> {
  const newest = own.findLast((revision) => revisionStatusOf(revision) === 'ACTIVE')
  return new Set(own.slice(0, Math.max(0, own.length - keep)).filter((revision) => revision !== newest))
}

/** `revisions`: all of the family's name; `old`: those that need not be kept. */
export function livesOf(
  revisions: readonly TaskDefinitionRevision[],
  old: ReadonlySet<TaskDefinitionRevision>,
  references: References,
  now: Instant,
  limits: LifeLimits,
): Lives {
  const lives = revisions.map((revision) =>
    isDeleting(revision)
      ? leaving(revision, references, now, limits)
      : staying(revision, old.has(revision), references, now, limits),
  )
  return {
    steps: lives.flatMap(({ step }) => (step === undefined ? [] : [step])),
    wakeAt: earliest(...lives.map(({ wakeAt }) => wakeAt)),
  }
}
