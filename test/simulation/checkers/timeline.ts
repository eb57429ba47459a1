/** Where the time of a deployment went is true: the marks of its tasks stay in order, and what is summed up is of them. */
import type { ServiceDeployment } from '../../../api/v1/service-deployment.ts'
import type { Task } from '../../../api/v1/task.ts'
import { type Instant, parseTimestamp } from '../../../lib/time.ts'
import type { Checker, Staleness } from './checker.ts'
import { isLiveTask, stageOf } from './service-bounds.ts'

const orders = [
  ['connectivityAt', 'pullStartedAt', 'pullStoppedAt', 'startedAt', 'healthyAt'],
  ['stoppingAt', 'stoppedAt'],
] as const
type Mark = (typeof orders)[number][number]

const createdAt = ({ metadata }: Task): Instant =>
  parseTimestamp(metadata.annotations?.['gantry.dev/created-at'] ?? metadata.creationTimestamp ?? '') as Instant
const at = (task: Task, mark: Mark): Instant | undefined => parseTimestamp(task.status?.[mark])

/** All machines of a simulation have one clock: not a millisecond is excused. */
export const marksInOrder: Checker = {
  name: "a task's marks are set once, each no earlier than the one before it",
  check({ kind, key, before, after }) {
    if (kind !== 'Task' || after === undefined) return undefined
    const [old, now] = [before as Task | undefined, after as Task]
    for (const order of orders) {
      let last: readonly [what: string, when: Instant] = ['its creation', createdAt(now)]
      for (const mark of order) {
        const [was, is] = [old?.status?.[mark], now.status?.[mark]]
        // containers that wait for one another pull in turns
        const pulls = mark === 'pullStoppedAt' && old?.status?.startedAt === undefined
        if (was !== undefined && was !== is && !pulls) return `${key}: ${mark} was ${was}, now it is ${is}`
        const when = at(now, mark)
        if (when === undefined) continue
        if (when < last[1]) return `${key}: ${mark} is ${(last[1] - when) / 1000} s before ${last[0]}`
        last = [mark, when]
      }
    }
    return undefined
  },
}

const phases = ['placed', 'pulled', 'started', 'healthy', 'drained'] as const
type Phase = (typeof phases)[number]
const ends: Readonly<Record<Phase, Mark>> = {
  placed: 'connectivityAt',
  pulled: 'pullStoppedAt',
  started: 'startedAt',
  healthy: 'healthyAt',
  drained: 'stoppedAt',
}

/** How long the task took for the phase: since the mark before it that it bears. */
function tookFor(task: Task, phase: Phase): number | undefined {
  const end = at(task, ends[phase])
  if (end === undefined) return undefined
  if (phase === 'drained') return end - (at(task, 'stoppingAt') ?? Number.NaN)
  const earlier = phases.slice(0, phases.indexOf(phase)).map((one) => at(task, ends[one]))
  return end - Math.max(createdAt(task), ...earlier.filter((one) => one !== undefined))
}

/** Tasks that are gone are remembered: they were there when their deployment was. */
export function timelinesAreTrue(staleness: Staleness): Checker {
  const tasks = new Map<string, Task>()

  function wrongIn(now: ServiceDeployment, time: Instant): string | undefined {
    const { status, metadata } = now
    const all = [...tasks.values()].filter((task) => task.metadata.namespace === metadata.namespace)
    const startedBy = all.filter(({ spec }) => spec.startedBy === `ecs-svc/${metadata.name}`)
    const drainedBy = all.filter(({ spec }) => spec.stoppedReason?.includes(`(deployment ecs-svc/${metadata.name})`))
    const written = status?.timeline ?? []
    const order = written.map(({ phase }) => phases.indexOf(phase))
    if (order.some((place, i) => place <= (order[i - 1] ?? -1))) return `its phases are ${written.map((p) => p.phase)}`
    const count = (phase: Phase): number => written.find((one) => one.phase === phase)?.tasks ?? 0
    if (count('placed') < count('started') || count('started') < count('healthy'))
      return `${count('placed')} were placed, ${count('started')} started, ${count('healthy')} healthy`
    for (const { phase, tasks: n, medianMilliseconds: median, longestMilliseconds: longest, longestTask } of written) {
      const took = (phase === 'drained' ? drainedBy : startedBy).flatMap((task) => {
        const ms = tookFor(task, phase)
        return ms === undefined || Number.isNaN(ms) ? [] : [{ name: task.metadata.name, ms }]
      })
      if (n > took.length) return `${n} tasks were ${phase}, and there were only ${took.length}`
      if (median > longest) return `half of them took ${median} ms to be ${phase}, and none more than ${longest}`
      if (!took.some(({ name, ms }) => name === longestTask && ms === longest))
        return `${longestTask} did not take ${longest} ms to be ${phase}`
      if (!took.some(({ ms }) => ms === median)) return `none took ${median} ms to be ${phase}`
    }
    const well = startedBy.filter((task) => {
      const started = at(task, 'startedAt')
      return isLiveTask(task) && stageOf(task) === 3 && started !== undefined && time - started > staleness()
    })
    return count('started') < well.length ? `${count('started')} started, and ${well.length} of its run` : undefined
  }

  return {
    name: 'the timeline of a deployment is written when it ends, and is true',
    check({ kind, key, at: time, actor, before, after }) {
      const isHook = after?.metadata.labels?.['gantry.dev/lifecycle-hook'] !== undefined
      if (kind === 'Task' && after !== undefined && !isHook) tasks.set(after.metadata.uid, after as Task)
      if (kind === 'Service' && after === undefined) {
        // another one may get its name, and its deployments theirs
        const ofService = (task: Task): boolean =>
          task.metadata.labels?.['gantry.dev/service'] === before?.metadata.name
        for (const [uid, task] of tasks) if (ofService(task)) tasks.delete(uid)
      }
      if (kind !== 'ServiceDeployment' || after === undefined || actor.startsWith('late ')) return undefined
      const [old, now] = [before as ServiceDeployment | undefined, after as ServiceDeployment]
      if (now.status?.timeline !== undefined && now.status.finishedAt === undefined)
        return `${key} has one before its end`
      if (now.status?.finishedAt === undefined || old?.status?.finishedAt !== undefined) return undefined
      const wrong = wrongIn(now, time)
      return wrong === undefined ? undefined : `${key}: ${wrong}`
    },
  }
}
