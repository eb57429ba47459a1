/** TaskDefinition: the editable head of a family. TaskDefinitionRevision: an immutable `family.N`. */
import { z } from 'zod'
import { Conditions } from '../meta/conditions.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { ContainerDefinition } from './container-definition.ts'

/** What RegisterTaskDefinition takes, in ECS's words. */
export const TaskDefinitionSpec = z
  .strictObject({
    family: z.string().optional().describe('Name of the family; default: metadata.name.'),
    containerDefinitions: z
      .array(ContainerDefinition)
      .min(1)
      .max(10)
      .describe('The containers of the task.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    networkMode: z
      .enum(['bridge', 'host', 'awsvpc', 'none'])
      .optional()
      .describe('Docker networking mode; default bridge.'),
    cpu: z.string().optional().describe('CPU units of the whole task, as text.'),
    memory: z.string().optional().describe('MiB of the whole task, as text.'),
  })
  .describe('Desired state: a task definition as ECS takes it.')
export type TaskDefinitionSpec = z.output<typeof TaskDefinitionSpec>

const TaskDefinitionStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation this status was made for.'),
    latestRevision: z.int().optional().describe('Number of the newest revision; numbers are never reused.'),
    revisionName: z.string().optional().describe('Name of the newest ACTIVE TaskDefinitionRevision.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the family.')

export const TaskDefinition = defineKind({
  kind: 'TaskDefinition',
  plural: 'taskdefinitions',
  shortNames: ['td'],
  scope: 'Cluster',
  description: 'The editable head of a task definition family; every change of its spec makes a new revision.',
  shape: { spec: TaskDefinitionSpec, status: TaskDefinitionStatus.optional() },
  columns: [
    { name: 'Revision', type: 'integer', jsonPath: '.status.latestRevision', description: 'Newest revision.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
})
export type TaskDefinition = ObjectOfKind<typeof TaskDefinition>

const TaskDefinitionRevisionSpec = z
  .strictObject({
    family: z.string().describe('The family.'),
    revision: z.int().min(1).describe('The number; counts up by one within the family.'),
    taskDefinition: TaskDefinitionSpec.describe('The task definition as it was registered.'),
  })
  .describe('What was registered. Immutable.')

const TaskDefinitionRevisionStatus = z
  .strictObject({
    status: z
      .enum(['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS'])
      .optional()
      .describe("ECS's status; absent means ACTIVE."),
    registeredAt: z.iso.datetime({ offset: true }).optional().describe('When it was registered.'),
    deregisteredAt: z.iso.datetime({ offset: true }).optional().describe('When it became INACTIVE.'),
    conditions: Conditions.optional(),
  })
  .describe('Observed state of the revision.')

export const TaskDefinitionRevision = defineKind({
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
  ],
})
export type TaskDefinitionRevision = ObjectOfKind<typeof TaskDefinitionRevision>

/** The object name of revision `n` of the family head called `head`. */
export const revisionName = (head: string, n: number): string => `${head}.${n}`
