/** What may be said of a deployment's lifecycle hooks (ecs-core 5.15), and of the tasks that Gantry's own run. */
import type { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { invalid, required } from '../meta/problems.ts'
import { type DeploymentConfiguration, TaskHookDetails } from './deployment-configuration.ts'
import { newTaskProblems } from './task-rules.ts'

export type LifecycleHook = NonNullable<DeploymentConfiguration['lifecycleHooks']>[number]

/** What a TASK hook runs; undefined when that cannot be read. */
export function taskHookOf({ hookDetails }: LifecycleHook): z.output<typeof TaskHookDetails> | undefined {
  return TaskHookDetails.safeParse(hookDetails).data
}

/** What is wrong with the details of a TASK hook. */
function taskProblems(hook: LifecycleHook, path: string): readonly FieldProblem[] {
  if (hook.hookDetails === undefined) return [required(path, 'a TASK hook needs a taskDefinition')]
  const { data, error } = TaskHookDetails.safeParse(hook.hookDetails)
  if (data === undefined)
    return error.issues.map((issue) => invalid([path, ...issue.path].join('.'), null, issue.message))
  const { taskDefinition, overrides } = data
  return newTaskProblems({ taskDefinition, overrides, desiredStatus: 'RUNNING' }).map((problem) => ({
    ...problem,
    path: problem.path.replace(/^spec/, path),
  }))
}

/** Problems of the hooks at `at`. */
export const hookProblems = (hooks: readonly LifecycleHook[], at: string): readonly FieldProblem[] =>
  hooks.flatMap((hook, i) => {
    const path = `${at}[${i}]`
    const stages = hook.lifecycleStages ?? []
    const problems: FieldProblem[] = []
    if (stages.length === 0) problems.push(required(`${path}.lifecycleStages`, 'a hook needs a stage'))
    const { targetType = 'AWS_LAMBDA' } = hook
    if (targetType === 'AWS_LAMBDA' && (hook.hookTargetArn ?? '') === '')
      problems.push(required(`${path}.hookTargetArn`, 'an AWS_LAMBDA hook needs the function to ask'))
    for (const [j, stage] of stages.entries()) {
      if (targetType === 'PAUSE' && (stage === 'TEST_TRAFFIC_SHIFT' || stage === 'PRODUCTION_TRAFFIC_SHIFT'))
        problems.push(invalid(`${path}.lifecycleStages[${j}]`, stage, 'not for PAUSE hooks'))
    }
    return targetType === 'TASK' ? [...problems, ...taskProblems(hook, `${path}.hookDetails`)] : problems
  })
