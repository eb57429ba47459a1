/** Each time of a schedule is run once, with the tasks that it asks for, and runs overlap only where they may. */
import type { ScheduledTask } from '../../../api/v1/scheduled-task.ts'
import type { Task } from '../../../api/v1/task.ts'
import type { Change, Model } from '../history.ts'
import type { Checker } from './checker.ts'
import { isStoppedTask } from './service-bounds.ts'

/** Which run and attempt a task belongs to. */
interface Place {
  readonly uid: string
  readonly owner: string
  readonly run: string
  readonly attempt: number
  readonly time: string
  readonly manual: boolean
}

/** Undefined for tasks of others. */
function placeOf(task: Task): Place | undefined {
  const owner = task.metadata.ownerReferences?.find(({ kind }) => kind === 'ScheduledTask')
  const [, run, m, attempt] = /^(.+-(m?)\d+)-(\d+)-\d+$/.exec(task.metadata.name) ?? []
  if (owner === undefined || run === undefined) return undefined
  const time = task.metadata.annotations?.['gantry.dev/scheduled-time'] ?? ''
  const key = `${task.metadata.namespace}/${owner.name}`
  return { uid: owner.uid, owner: key, run, attempt: Number(attempt), time, manual: m === 'm' }
}

/** Whether the schedules of the simulation are due then: each minute of the creation or of the clock, or once. */
function isDue({ spec, metadata }: ScheduledTask, time: string): boolean {
  const seconds = Date.parse(time) / 1000
  if (spec.schedule.startsWith('at(')) return `at(${time.slice(0, 19)})` === spec.schedule
  const from = spec.schedule.startsWith('rate(') ? Date.parse(metadata.creationTimestamp ?? '') / 1000 : 0
  return (seconds - from) % 60 === 0
}

const isStill = (task: Task): boolean => !isStoppedTask(task)

/** A request to make a task that was given up may come through at any time: its task is not judged. */
export function scheduledRuns(): Checker {
  /** By run and attempt of an object: the tasks that were ever made. */
  const made = new Map<string, Set<string>>()
  const runs = new Map<string, string>()
  const late = new Set<string>()

  function overlap(task: Task, place: Place, policy: string, model: Model): string | undefined {
    for (const other of model.all<Task>('Task')) {
      const there = placeOf(other)
      if (there?.uid !== place.uid || late.has(other.metadata.uid) || !isStill(other)) continue
      if (there.run === place.run && there.attempt < place.attempt)
        return `${task.metadata.name} was made while ${other.metadata.name} of an earlier attempt was not over`
      if (there.run !== place.run && policy !== 'Allow')
        return `${policy}: ${task.metadata.name} was made while ${other.metadata.name} was not over`
    }
    return undefined
  }

  function wrong({ actor, after, key }: Change, model: Model): string | undefined {
    const task = after as Task
    const place = placeOf(task)
    if (place === undefined) return undefined
    const attempt = `${place.uid} ${place.run} ${place.attempt}`
    const names = made.get(attempt) ?? new Set()
    if (names.has(key)) return `${key} was made twice`
    made.set(attempt, names.add(key))
    const time = `${place.uid} ${place.time} ${place.manual ? place.run : ''}`
    const before = runs.get(time) ?? place.run
    if (before !== place.run) return `${place.time} was run by ${before} and by ${place.run}`
    runs.set(time, place.run)
    const owner = model.get<ScheduledTask>('ScheduledTask', place.owner)
    if (owner === undefined || owner.metadata.uid !== place.uid) return undefined
    const { concurrencyPolicy, retryPolicy, taskTemplate } = owner.spec
    if (names.size > taskTemplate.count) return `${place.run} has ${names.size} tasks, ${taskTemplate.count} asked for`
    if (place.attempt > 1 + (retryPolicy?.maximumRetryAttempts ?? 0)) return `${key} is an attempt too many`
    if (!place.manual && !isDue(owner, place.time)) return `${place.time} is no time of ${owner.spec.schedule}`
    if (actor.startsWith('late ')) {
      late.add(task.metadata.uid)
      return undefined
    }
    return overlap(task, place, concurrencyPolicy, model)
  }

  return {
    name: 'each time is run once, and runs overlap only where they may',
    check: (change, model) =>
      change.kind === 'Task' && change.before === undefined && change.after !== undefined
        ? wrong(change, model)
        : undefined,
  }
}
