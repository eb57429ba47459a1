/** `gantry why`: in plain words why a task, a service, a deployment or a scheduled task is as it is, and what to do about it. */
import { Command } from 'commander'
import type { Kind } from '../api/meta/kind.ts'
import type { Resource } from '../api/meta/object.ts'
import { ContainerInstance } from '../api/v1/container-instance.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { ScheduledTask } from '../api/v1/scheduled-task.ts'
import { Service } from '../api/v1/service.ts'
import { ServiceDeployment } from '../api/v1/service-deployment.ts'
import { labelValue } from '../api/v1/service-names.ts'
import { isStopped, revisionNameOf, Task } from '../api/v1/task.ts'
import { TaskDefinitionRevision } from '../api/v1/task-definition.ts'
import { scheduledTaskLabel, serviceLabel, serviceRevisionLabel } from '../api/v1/well-known.ts'
import { Fault, isFault } from '../lib/errors.ts'
import { between, parseTimestamp } from '../lib/time.ts'
import { selectionsOf } from './kind-argument.ts'
import { type ClientFlags, output, withClientFlags } from './options.ts'
import { ageText } from './output/age.ts'
import { jsonText, yamlText } from './output/print.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'
import { explainDeployment } from './why/deployment.ts'
import { type Explanation, explanationText } from './why/explanation.ts'
import { withProtection } from './why/protected-task.ts'
import { explainScheduledTask } from './why/scheduled-task.ts'
import { explainService } from './why/service.ts'
import { explainTask } from './why/task.ts'

interface WhyFlags extends ClientFlags {
  readonly output?: 'json' | 'yaml'
}

export const whyCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('why'))
    .description('explain why a task, a service, a deployment or a scheduled task is as it is, and what to do')
    .argument('<what...>', 'as: task web-1-0-1, service/web, deployment web-d2, scheduledtask nightly')
    .addOption(output('json', 'yaml'))
    .action(async (what: readonly string[], flags: WhyFlags) => {
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const explained: Explanation[] = []
      for (const { kind, names } of selectionsOf(what.map(inOurWords), allKinds)) {
        if (names.length === 0)
          throw new Fault('BadRequest', `say which ${kind.singular}: gantry why ${kind.singular} NAME`)
        for (const name of names) explained.push(await explain(session, kind, name))
      }
      const single = explained.length === 1 ? explained[0] : undefined
      if (flags.output === 'json') return terminal.out(jsonText(single ?? explained))
      if (flags.output === 'yaml') return terminal.out(yamlText(single ?? explained))
      const now = session.clock.now()
      const ageOf = (at: string): string => ageText(between(parseTimestamp(at), now))
      terminal.out(explained.map((one) => explanationText(one, ageOf)).join('\n\n'))
    })

/** ECS's `deployment` is what is called ServiceDeployment here, beside Kubernetes' own kind. */
const inOurWords = (word: string, at: number): string =>
  at === 0 || word.includes('/') ? word.replace(/^deployments?(?=\/|$)/, ServiceDeployment.singular) : word

async function explain(session: Session, kind: Kind, name: string): Promise<Explanation> {
  const key = session.keyOf(kind, name)
  switch (kind.kind) {
    case 'Task': {
      const task = await session.client.get(Task, key, session.signal)
      const around = await surroundings(session, [task])
      const { containerInstance = '' } = task.spec
      const explained = explainTask({
        task,
        instance: around.instance(containerInstance),
        definition: around.definition(revisionNameOf(task) ?? ''),
        instances: around.instances,
      })
      return withProtection(explained, task, session.clock.now())
    }
    case 'Service': {
      const service = await session.client.get(Service, key, session.signal)
      const tasks = await labelled(session, serviceLabel, labelValue(name))
      const deployments = await deploymentsOf(session, name)
      const now = session.clock.now()
      return explainService({ service, deployments, tasks, now, ...(await surroundings(session, tasks)) })
    }
    case 'ServiceDeployment': {
      const deployment = await session.client.get(ServiceDeployment, key, session.signal)
      const allTasks = await labelled(session, serviceLabel, labelValue(deployment.spec.service))
      const target = labelValue(deployment.spec.targetServiceRevision)
      const tasks = allTasks.filter(({ metadata }) => metadata.labels?.[serviceRevisionLabel] === target)
      const owner = { namespace: session.namespace, name: deployment.spec.service }
      const service = await present(session.client.get(Service, owner, session.signal))
      const deployments = await deploymentsOf(session, owner.name)
      const around = await surroundings(session, tasks)
      const now = session.clock.now()
      return explainDeployment({ deployment, deployments, service, tasks, allTasks, now, ...around })
    }
    case 'ScheduledTask': {
      const scheduled = await session.client.get(ScheduledTask, key, session.signal)
      const tasks = await labelled(session, scheduledTaskLabel, labelValue(name))
      return explainScheduledTask({ scheduled, tasks, ...(await surroundings(session, tasks)) })
    }
    default:
      throw new Fault(
        'BadRequest',
        `why explains tasks, services, servicedeployments and scheduledtasks, not ${kind.plural}`,
      )
  }
}

/** Those of a service, by number. */
async function deploymentsOf({ client, namespace, signal }: Session, service: string) {
  const { items } = await client.list(
    ServiceDeployment,
    { namespace, fieldSelector: `spec.service=${service}` },
    signal,
  )
  return items.toSorted((a, b) => a.spec.deployment - b.spec.deployment)
}

async function labelled(
  { client, namespace, signal }: Session,
  label: string,
  value: string,
): Promise<readonly Task[]> {
  return (await client.list(Task, { namespace, labelSelector: `${label}=${value}` }, signal)).items
}

/** The instances and definitions that `tasks` name, each asked for once; all instances when one waits for a place. */
async function surroundings({ client, namespace, signal }: Session, tasks: readonly Task[]) {
  const named = async <T extends Resource>(kind: Kind<T>, scope: string, names: readonly (string | undefined)[]) => {
    const wanted = [...new Set(names)].filter((name) => name !== undefined)
    const found = await Promise.all(wanted.map((name) => present(client.get(kind, { namespace: scope, name }, signal))))
    return new Map(found.flatMap((object) => (object === undefined ? [] : [[object.metadata.name, object] as const])))
  }
  const instances = await named(
    ContainerInstance,
    namespace,
    tasks.map(({ spec }) => spec.containerInstance),
  )
  const isHomeless = tasks.some((task) => task.spec.containerInstance === undefined && !isStopped(task))
  const all = isHomeless ? await present(client.list(ContainerInstance, { namespace }, signal)) : undefined
  const definitions = await named(TaskDefinitionRevision, '', tasks.map(revisionNameOf))
  return {
    instance: (name: string) => instances.get(name),
    instances: all?.items ?? [],
    definition: (name: string) => definitions.get(name),
  }
}

/** Undefined when it is not there, or not ours to see. */
async function present<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isFault(error, 'NotFound', 'Forbidden')) return undefined
    throw error
  }
}
