/** That every rule in CEL refuses what it is for and lets pass what is near to it, in the words of the code; none without a case. */
import { describe, expect, it } from 'vitest'
import { rootSchemaOf } from '../../api/meta/crd.ts'
import type { Kind } from '../../api/meta/kind.ts'
import { parseObject } from '../../api/meta/parse.ts'
import { gantryKinds } from '../../api/v1/kinds.ts'
import { disagreements, firedRules, ruleNames } from '../../test/builders/cel.ts'
import type { CelCase, Fields } from '../../test/builders/cel-cases/case.ts'
import { containerInstanceCases } from '../../test/builders/cel-cases/container-instance.ts'
import { scheduledTaskCases } from '../../test/builders/cel-cases/scheduled-task.ts'
import { serviceCases } from '../../test/builders/cel-cases/service.ts'
import { serviceDeploymentCases, serviceRevisionCases, taskCases } from '../../test/builders/cel-cases/task.ts'
import { taskDefinitionCases, taskDefinitionRevisionCases } from '../../test/builders/cel-cases/task-definition.ts'
import {
  aCluster,
  aContainerInstance,
  aScheduledTask,
  aService,
  aServiceDeployment,
  aServiceRevision,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from '../../test/builders/kinds.ts'

interface Table {
  readonly base: object
  readonly cases: readonly CelCase[]
}
const tables: Readonly<Record<string, Table>> = {
  Cluster: { base: aCluster(), cases: [] },
  ContainerInstance: { base: aContainerInstance(), cases: containerInstanceCases },
  ScheduledTask: { base: aScheduledTask(), cases: scheduledTaskCases },
  Service: { base: aService(), cases: serviceCases },
  ServiceDeployment: { base: aServiceDeployment(), cases: serviceDeploymentCases },
  ServiceRevision: { base: aServiceRevision(), cases: serviceRevisionCases },
  Task: { base: aTask(), cases: taskCases },
  TaskDefinition: { base: aTaskDefinition(), cases: taskDefinitionCases },
  TaskDefinitionRevision: { base: aTaskDefinitionRevision(), cases: taskDefinitionRevisionCases },
}

/** The object as a kube-apiserver has it when rules are asked: it fits the schema, with all defaults. */
function read(kind: Kind, base: object, over: Fields): object {
  const { spec, ...rest } = base as { readonly spec: object }
  const raw = { ...rest, ...('status' in over ? { spec, ...over } : { spec: { ...spec, ...over } }) }
  return parseObject(kind, JSON.parse(JSON.stringify(raw)), { unknown: 'strict' }).object
}

describe.each(gantryKinds.map((kind) => ({ name: kind.kind, kind: kind as unknown as Kind })))(
  'rules of $name',
  ({ name, kind }) => {
    const { base, cases } = tables[name] as Table
    const names = ruleNames(rootSchemaOf(kind))
    const firedBy = (over: Fields, old?: Fields): readonly string[] => {
      const before = old === undefined ? undefined : read(kind, base, old)
      const object = read(kind, base, over)
      expect(disagreements(kind, object, before)).toEqual([])
      return firedRules(kind, object, before)
    }

    it('have names of their own', () => {
      expect(new Set(names).size).toBe(names.length)
    })

    it.each(names.map((rule) => ({ rule })))('$rule', ({ rule }) => {
      const own = cases.filter((one) => rule.startsWith(one.rule))
      expect(own).not.toEqual([])
      for (const { wrong, right, old, also } of own) {
        expect(firedBy(wrong, old).filter((one) => one !== also)).toEqual([rule])
        expect(firedBy(right, old)).toEqual([])
      }
    })

    it('are what the cases name', () => {
      expect(cases.filter((one) => names.filter((rule) => rule.startsWith(one.rule)).length !== 1)).toEqual([])
    })
  },
)
