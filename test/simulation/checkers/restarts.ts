/** What ended is started again where its policy says so, in place and in time, and nowhere else (ecs-core 4.5). */
import type { ContainerDefinition } from '../../../api/v1/container-definition.ts'
import type { Task, TaskContainer } from '../../../api/v1/task.ts'
import type { TaskDefinitionRevision } from '../../../api/v1/task-definition.ts'
import type { ContainerState } from '../../../controllers/agent/engine/engine.ts'
import { parseTimestamp } from '../../../lib/time.ts'
import type { Model } from '../history.ts'
import type { Checker } from './checker.ts'

const uidLabel = 'gantry.dev/task-uid'
const containerLabel = 'gantry.dev/container'
const usualPeriod = 300

function definitionOf(model: Model, task: Task, container: string): ContainerDefinition | undefined {
  const name = task.spec.taskDefinition?.replace(':', '.')
  return model
    .get<TaskDefinitionRevision>('TaskDefinitionRevision', name ?? '')
    ?.spec.taskDefinition.containerDefinitions.find((one) => one.name === container)
}

/** Whether the policy of `definition` starts again what ended so; undefined: why it does not. */
function refusal(definition: ContainerDefinition | undefined, code: number | undefined, ran: number) {
  const { enabled = false, ignoredExitCodes = [], restartAttemptPeriod = usualPeriod } = definition?.restartPolicy ?? {}
  if (!enabled) return 'it has no restartPolicy'
  if (code === undefined || ignoredExitCodes.includes(code)) return `exit code ${code} is ignored`
  return ran < restartAttemptPeriod * 1000 ? `it ran for ${ran} ms of ${restartAttemptPeriod} s` : undefined
}

/** Judges a start that an agent asks for just now; returns what is wrong with it. A first start is none of its business. */
export function wrongRestart(state: ContainerState | undefined, model: Model): string | undefined {
  if (state?.status !== 'exited') return undefined
  const { labels, exitCode, startedAt = 0, finishedAt = 0 } = state
  const task = [...model.all<Task>('Task')].find(({ metadata }) => metadata.uid === labels[uidLabel])
  const name = `${labels[containerLabel]} of ${task?.metadata.name}`
  // of one that was given up while its agent was away, the agent does not know
  if (task === undefined || task.status?.connectivity === 'DISCONNECTED') return undefined
  if (task.status?.lastStatus === 'STOPPED') return `${name} was started again after its task had stopped`
  const isHeard = task.status?.observedGeneration === task.metadata.generation
  if (task.spec.desiredStatus === 'STOPPED' && isHeard) return `${name} was started again though its task is to stop`
  const why = refusal(definitionOf(model, task, labels[containerLabel] ?? ''), exitCode, finishedAt - startedAt)
  return why === undefined ? undefined : `${name} was started again, and ${why}`
}

const countOf = ({ restartCount = 0 }: TaskContainer): number => restartCount

/** A task whose container was started again is the same, with the same container. */
export const restartsInPlace: Checker = {
  name: 'a container that is started again stays the one that it was, and its restarts are counted',
  check({ kind, key, before, after }) {
    const [old, now] = [before as Task | undefined, after as Task | undefined]
    if (kind !== 'Task' || old === undefined || now === undefined) return undefined
    for (const was of old.status?.containers ?? []) {
      const is = now.status?.containers?.find(({ name }) => name === was.name)
      if (is === undefined) return `${key} lost its container ${was.name}`
      if (was.lastStatus === 'RUNNING' && is.runtimeId !== was.runtimeId) return `${key} has another ${was.name}`
      if (countOf(is) < countOf(was))
        return `${key}: ${was.name} was restarted ${countOf(was)} times, now ${countOf(is)}`
      if (countOf(is) > countOf(was) + 1) return `${key}: ${was.name} was restarted twice at once`
    }
    return undefined
  },
}

/** A task does not end by what its policy would have mended. */
export const restartsWhereTold: Checker = {
  name: 'no task ends by a container that is to be started again',
  check({ kind, key, before, after }, model) {
    const [old, now] = [before as Task | undefined, after as Task | undefined]
    if (kind !== 'Task' || now?.status?.stopCode !== 'EssentialContainerExited') return undefined
    if (old?.status?.stopCode !== undefined) return undefined
    for (const { name, lastStatus, reason, exitCode, ...times } of now.status.containers ?? []) {
      const from = parseTimestamp(times.restartedAt ?? times.startedAt)
      const to = parseTimestamp(times.stoppedAt)
      // with a reason of its own it could not be started again, or is gone
      if (lastStatus !== 'STOPPED' || reason !== undefined || from === undefined || to === undefined) continue
      const definition = definitionOf(model, now, name)
      if (definition?.essential !== false && refusal(definition, exitCode, to - from) === undefined)
        return `${key} ended by ${name}, which ran for ${to - from} ms and ended with ${exitCode}`
    }
    return undefined
  },
}
