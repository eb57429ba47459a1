/** Protection of a service's task from scale-in, with an end (ecs-core 4.9). */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { type Instant, instant, type Millis, milliTimestamp, minutes, parseTimestamp, plus } from '../../lib/time.ts'
import { celInvalid } from '../meta/cel.ts'
import { forbidden, invalid } from '../meta/problems.ts'
import { serviceGroup } from './service-names.ts'

/** How long a task may be protected at a time: 1 minute to 48 hours; what ECS takes for a request that does not say. */
export const protectionTime = { least: minutes(1), most: minutes(2880), usual: minutes(120) } as const

const rule = 'must be 1 to 2880 minutes after since'

export const TaskProtection = z
  .strictObject({
    since: z.iso.datetime({ offset: true }).describe('When it was asked for.'),
    expirationDate: z.iso.datetime({ offset: true }).describe('When it ends: 1 to 2880 minutes after since.'),
  })
  .meta({
    validations: [
      celInvalid(
        '.expirationDate',
        "timestamp(self.expirationDate) - timestamp(self.since) >= duration('1m') && timestamp(self.expirationDate) - timestamp(self.since) <= duration('2880m')",
        rule,
      ),
    ],
  })
export type TaskProtection = z.output<typeof TaskProtection>

interface ProtectedSpec {
  readonly group?: string | undefined
  readonly protection?: TaskProtection | undefined
}

/** ECS's failure of a task that belongs to no service. */
export const notValid = 'only tasks of a service can be protected (TASK_NOT_VALID)'

/** Problems of a task's protection. */
export function protectionProblems({ group, protection }: ProtectedSpec): FieldProblem[] {
  if (protection === undefined) return []
  const { since, expirationDate } = protection
  const time = parseTimestamp(expirationDate) - parseTimestamp(since)
  return [
    ...(group?.startsWith(serviceGroup) === true ? [] : [forbidden('spec.protection', notValid)]),
    ...(time >= protectionTime.least && time <= protectionTime.most
      ? []
      : [invalid('spec.protection.expirationDate', expirationDate, rule)]),
  ]
}

/**
 * Until when the task is protected; undefined when it is not, now. Whose clock said `since` may be ahead of ours, but not by more
 * than a protection lasts.
 */
export function protectedUntil(
  { spec: { protection } }: { readonly spec: ProtectedSpec },
  now: Instant,
): Instant | undefined {
  if (protection === undefined) return undefined
  const until = parseTimestamp(protection.expirationDate)
  return parseTimestamp(protection.since) - protectionTime.most <= now && now < until ? instant(until) : undefined
}

/** A protection from now on. */
export const protectionFor = (now: Instant, time: Millis): TaskProtection => ({
  since: milliTimestamp(now),
  expirationDate: milliTimestamp(plus(now, time)),
})

interface ProtectedTask {
  readonly metadata: { readonly name: string }
  readonly spec: ProtectedSpec & { readonly desiredStatus?: string | undefined }
  readonly status?: { readonly lastStatus?: string | undefined } | undefined
}
interface Deploying {
  readonly spec: { readonly desiredCount?: number | undefined }
  readonly status?:
    | { readonly rolloutState?: string | undefined; readonly desiredCount?: number | undefined }
    | undefined
}

/**
 * ECS's DEPLOYMENT_BLOCKED (ecs-core 4.9): while a deployment goes on, no more tasks can be protected than the service wants.
 * `tasks`: the service's; one that is protected already may be so for longer.
 */
export function isBlockedByProtection(
  { spec, status }: Deploying,
  tasks: readonly ProtectedTask[],
  task: ProtectedTask,
  now: Instant,
): boolean {
  if (status?.rolloutState !== 'IN_PROGRESS' || protectedUntil(task, now) !== undefined) return false
  const there = tasks.filter(
    (one) =>
      one.status?.lastStatus !== 'STOPPED' &&
      one.spec.desiredStatus !== 'STOPPED' &&
      protectedUntil(one, now) !== undefined,
  )
  return there.length + 1 > (status.desiredCount ?? spec.desiredCount ?? 0)
}
