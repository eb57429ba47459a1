/** TaskDefinition: the editable head of a family. TaskDefinitionRevision: an immutable `family.N`. */
import { z } from 'zod'
import { isEqual } from '../../lib/equal.ts'
import type { FieldProblem } from '../../lib/errors.ts'
import { celImmutable, celOnward } from '../meta/cel.ts'
import { Conditions, unseen } from '../meta/conditions.ts'
import { immutable } from '../meta/immutable.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { isDeleting } from '../meta/object.ts'
import { invalid } from '../meta/problems.ts'
import { limits } from './limits.ts'
import { notYetWarnings, taskDefinitionNotYet } from './not-yet.ts'
import { taskDefinitionCel } from './task-definition-cel.ts'
import { misreadTaskDefinition, taskDefinitionAdvice, taskDefinitionProblems } from './task-definition-rules.ts'
import { describeOnlyMembers, TaskDefinitionSpec } from './task-definition-spec.ts'

const HeadSpec = TaskDefinitionSpec.extend({
  revisionHistoryLimit: z
    .int()
    .min(0)
    .max(limits.revisionHistory)
    .optional()
    .describe(
      'Newest revisions that are kept, besides the newest ACTIVE one and all that something refers to; default 20. A change of this alone makes no revision.',
    ),
})
  .describe('Desired state: a task definition as ECS takes it, and how many revisions to keep.')
  .meta({ validations: taskDefinitionCel })

const TaskDefinitionStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    latestRevision: z.int().optional().describe('Number of the newest revision; numbers are never reused.'),
    revisionName: z.string().optional().describe('Name of the newest ACTIVE TaskDefinitionRevision.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the family.')

export type { TaskDefinitionSpec } from './task-definition-spec.ts'

export const TaskDefinition = defineKind(
  {
    kind: 'TaskDefinition',
    plural: 'taskdefinitions',
    firstStatus: unseen,
    shortNames: ['td'],
    scope: 'Cluster',
    description: 'The editable head of a task definition family; every change of its spec makes a new revision.',
    shape: { spec: HeadSpec, status: TaskDefinitionStatus.optional() },
    droppedFields: describeOnlyMembers.map((member) => `spec.${member}`),
    columns: [
      { name: 'Revision', type: 'integer', jsonPath: '.status.latestRevision', description: 'Newest revision.' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      {
        name: 'Family',
        type: 'string',
        jsonPath: '.spec.family',
        description: 'Name of the family, when it is another.',
        priority: 1,
      },
      { name: 'CPU', type: 'string', jsonPath: '.spec.cpu', description: 'CPU of the whole task.', priority: 1 },
      {
        name: 'Memory',
        type: 'string',
        jsonPath: '.spec.memory',
        description: 'Memory of the whole task.',
        priority: 1,
      },
    ],
  },
  {
    misread: misreadTaskDefinition,
    // what was accepted once is not judged again while only the status changes
    validate: ({ spec }, old) => (old !== undefined && isEqual(old.spec, spec) ? [] : taskDefinitionProblems(spec)),
    warnings: ({ spec }) => [...taskDefinitionAdvice(spec), ...notYetWarnings(spec, taskDefinitionNotYet)],
  },
)
export type TaskDefinition = ObjectOfKind<typeof TaskDefinition>

const noWayBack = 'a revision that was deregistered stays so'

const revisionShape = {
  family: z.string().describe('The family.'),
  revision: z.int().min(1).describe('The number; counts up by one within the family.'),
  taskDefinition: TaskDefinitionSpec.describe('The task definition as it was registered.'),
}
/** What may be asked of a revision; DELETE_IN_PROGRESS is asked by deleting it. */
const desiredStatuses = ['ACTIVE', 'INACTIVE'] as const
const desired = {
  desiredStatus: z
    .enum(desiredStatuses)
    .optional()
    .describe(
      'INACTIVE deregisters it: nothing new can use it, what runs it goes on. There is no way back. Absent means ACTIVE.',
    ),
}
const TaskDefinitionRevisionSpec = z
  .strictObject({ ...revisionShape, ...desired })
  .describe('What was registered. Immutable but for desiredStatus.')
  .meta({
    validations: [
      ...celImmutable(revisionShape),
      celOnward('desiredStatus', desiredStatuses, noWayBack, `"${noWayBack}"`),
    ],
  })

/** ACTIVE, INACTIVE, DELETE_IN_PROGRESS: there is no way back (ecs-core 3.6). */
export const revisionStatuses = ['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS'] as const

const TaskDefinitionRevisionStatus = z
  .strictObject({
    status: z.enum(revisionStatuses).optional().describe("ECS's status; absent means ACTIVE."),
    registeredAt: z.iso.datetime({ offset: true }).optional().describe('When it was registered.'),
    deregisteredAt: z.iso.datetime({ offset: true }).optional().describe('When it became INACTIVE.'),
    deleteRequestedAt: z.iso.datetime({ offset: true }).optional().describe('When it was asked to go.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the revision.')
  .meta({
    validations: [
      celOnward(
        'status',
        revisionStatuses,
        'a revision that is … stays so or goes on',
        '"a revision that is " + oldSelf.status + " stays so or goes on"',
      ),
    ],
  })

function revisionProblems(next: RevisionObject, old: RevisionObject | undefined): readonly FieldProblem[] {
  if (old === undefined) return taskDefinitionProblems(next.spec.taskDefinition, 'spec.taskDefinition')
  const before = old.status?.status ?? 'ACTIVE'
  const after = next.status?.status ?? 'ACTIVE'
  const back = revisionStatuses.indexOf(after) < revisionStatuses.indexOf(before)
  const reactivated = old.spec.desiredStatus === 'INACTIVE' && next.spec.desiredStatus !== 'INACTIVE'
  return [
    ...immutable(old.spec, next.spec, 'spec', ['desiredStatus']),
    ...(reactivated ? [invalid('spec.desiredStatus', next.spec.desiredStatus ?? null, noWayBack)] : []),
    ...(back ? [invalid('status.status', after, `a revision that is ${before} stays so or goes on`)] : []),
  ]
}

interface RevisionObject {
  readonly spec: z.output<typeof TaskDefinitionRevisionSpec>
  readonly status?: z.output<typeof TaskDefinitionRevisionStatus> | undefined
}

export const TaskDefinitionRevision = defineKind(
  {
    kind: 'TaskDefinitionRevision',
    plural: 'taskdefinitionrevisions',
    shortNames: ['tdr'],
    scope: 'Cluster',
    description: 'An immutable revision of a task definition family, named family.N.',
    shape: { spec: TaskDefinitionRevisionSpec, status: TaskDefinitionRevisionStatus.optional() },
    selectableFields: ['spec.family'],
    columns: [
      { name: 'Family', type: 'string', jsonPath: '.spec.family', description: 'The family.' },
      { name: 'Revision', type: 'integer', jsonPath: '.spec.revision', description: 'The number.' },
      { name: 'Status', type: 'string', jsonPath: '.status.status', description: "ECS's status." },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
      {
        name: 'CPU',
        type: 'string',
        jsonPath: '.spec.taskDefinition.cpu',
        description: 'CPU of the whole task.',
        priority: 1,
      },
      {
        name: 'Memory',
        type: 'string',
        jsonPath: '.spec.taskDefinition.memory',
        description: 'Memory of the whole task.',
        priority: 1,
      },
      {
        name: 'Registered',
        type: 'date',
        jsonPath: '.status.registeredAt',
        description: 'Time since it was registered.',
        priority: 1,
      },
    ],
  },
  { validate: revisionProblems },
)
export type TaskDefinitionRevision = ObjectOfKind<typeof TaskDefinitionRevision>

type RevisionStatusName = (typeof revisionStatuses)[number]

/** ECS's status: what was asked for counts from that moment on, also before a controller has written it down. */
export function revisionStatusOf(revision: TaskDefinitionRevision): RevisionStatusName {
  if (isDeleting(revision)) return 'DELETE_IN_PROGRESS'
  const written = revision.status?.status ?? 'ACTIVE'
  return written === 'ACTIVE' && revision.spec.desiredStatus === 'INACTIVE' ? 'INACTIVE' : written
}

/** The object name of revision `n` of the family head called `head`. */
export const revisionName = (head: string, n: number): string => `${head}.${n}`
