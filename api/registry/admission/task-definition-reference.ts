/** References to task definitions, checked when they are made: `web` the newest ACTIVE revision, `web:3` that one. */
import { isEqual } from '../../../lib/equal.ts'
import type { FieldProblem } from '../../../lib/errors.ts'
import { overrideProblems } from '../../v1/effective-definition.ts'
import { ScheduledTask } from '../../v1/scheduled-task.ts'
import { Service } from '../../v1/service.ts'
import { Task } from '../../v1/task.ts'
import { revisionName, revisionStatusOf, TaskDefinition, TaskDefinitionRevision } from '../../v1/task-definition.ts'
import { inTemplate, taskDefinitionInactive, taskDefinitionMissing } from '../../v1/task-definition-problems.ts'
import { parseTaskDefinitionReference } from '../../v1/task-definition-reference.ts'
import type { TaskOverride } from '../../v1/task-overrides.ts'
import { containersFinalizer } from '../../v1/well-known.ts'
import { type Admission, type AdmissionReads, about } from '../admission.ts'

type Resolved =
  | { readonly found: 'revision'; readonly revision: TaskDefinitionRevision }
  /** The head exists, its controller has not made a revision yet. */
  | { readonly found: 'head' }
  | { readonly found: 'nothing'; readonly problem: FieldProblem }

const missing = (reference: string, why?: string): Resolved => ({
  found: 'nothing',
  problem: taskDefinitionMissing(reference, why),
})

async function resolve({ read }: AdmissionReads, reference: string, signal: AbortSignal): Promise<Resolved> {
  const byName = (name: string): Promise<TaskDefinitionRevision | undefined> =>
    read(TaskDefinitionRevision, { namespace: '', name }, signal)
  const head = (name: string): Promise<TaskDefinition | undefined> =>
    read(TaskDefinition, { namespace: '', name }, signal)

  const { family, revision: number } = parseTaskDefinitionReference(reference)
  if (number !== undefined) {
    const revision = await byName(revisionName(family, number))
    if (revision !== undefined) return { found: 'revision', revision }
    const of = await head(family)
    return of !== undefined && of.status?.latestRevision === undefined ? { found: 'head' } : missing(reference)
  }
  const revision = await byName(family)
  if (revision !== undefined) return { found: 'revision', revision }
  const of = await head(family)
  if (of === undefined) return missing(reference)
  if (of.status?.latestRevision === undefined) return { found: 'head' }
  const newest = await byName(of.status.revisionName ?? revisionName(of.metadata.name, of.status.latestRevision))
  return newest === undefined
    ? missing(reference, 'it has no ACTIVE revision')
    : { found: 'revision', revision: newest }
}

function inactive(resolved: Resolved, reference: string): FieldProblem | undefined {
  if (resolved.found !== 'revision') return undefined
  return revisionStatusOf(resolved.revision) === 'ACTIVE'
    ? undefined
    : taskDefinitionInactive(reference, resolved.revision)
}

/** What is wrong with something new that is to run `reference`; it may come together with its definition, before there is a revision. */
async function wrongWith(
  request: AdmissionReads,
  reference: string,
  overrides: TaskOverride | undefined,
  signal: AbortSignal,
): Promise<readonly FieldProblem[]> {
  const resolved = await resolve(request, reference, signal)
  if (resolved.found === 'nothing') return [resolved.problem]
  if (resolved.found === 'head') return []
  const problem = inactive(resolved, reference)
  const others = overrideProblems(resolved.revision.spec.taskDefinition, overrides)
  return problem === undefined ? others : [problem, ...others]
}

/** A service that runs a revision goes on with it when it is deregistered; only what it is changed to is judged (ecs-core 3.6). */
export const serviceTaskDefinition: Admission = about(Service, {
  name: 'ServiceTaskDefinition',
  async review(request, signal) {
    const reference = request.object.spec.taskDefinition
    if (request.operation === 'delete' || request.old?.spec.taskDefinition === reference) return []
    return wrongWith(request, reference, undefined, signal)
  },
})

/** A schedule is judged when its template changes; what becomes of its task definition later, its condition says. */
export const scheduledTaskDefinition: Admission = about(ScheduledTask, {
  name: 'ScheduledTaskDefinition',
  async review(request, signal) {
    const { taskTemplate } = request.object.spec
    if (request.operation === 'delete' || isEqual(request.old?.spec.taskTemplate, taskTemplate)) return []
    return inTemplate(await wrongWith(request, taskTemplate.taskDefinition, taskTemplate.overrides, signal))
  },
})

/** What a Task refers to must be there when it is created; which revision that is, the scheduler says in its status. */
export const taskDefinitionOfTask: Admission = about(Task, {
  name: 'TaskDefinitionOfTask',
  async mutate({ object, operation }) {
    if (operation !== 'create') return object
    const finalizers = new Set([...(object.metadata.finalizers ?? []), containersFinalizer])
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers] } }
  },
  async review(request, signal) {
    const reference = request.object.spec.taskDefinition
    if (request.operation !== 'create') return []
    const resolved = await resolve(request, reference, signal)
    if (resolved.found === 'nothing') return [resolved.problem]
    if (resolved.found === 'head')
      return [taskDefinitionMissing(reference, 'its first revision is not made yet; try again')]
    // A service goes on running, and healing, a revision that was deregistered after it was deployed.
    const ofService = request.object.metadata.ownerReferences?.some((owner) => owner.controller === true) === true
    const problem = ofService ? undefined : inactive(resolved, reference)
    const overrides = overrideProblems(resolved.revision.spec.taskDefinition, request.object.spec.overrides)
    return problem === undefined ? overrides : [problem, ...overrides]
  },
})
