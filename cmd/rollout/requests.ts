/** What a person asks of a rollout: to end it where it is, to go back, to hold it and to go on. */

import { openHooks } from '../../api/v1/deployment-wait.ts'
import { Service } from '../../api/v1/service.ts'
import {
  completedBefore,
  type HookAction,
  isFinished,
  ServiceDeployment,
  type StopType,
  stepOf,
} from '../../api/v1/service-deployment.ts'
import { Fault } from '../../lib/errors.ts'
import { serviceKind } from '../service-argument.ts'
import type { Session } from '../session.ts'
import { type RolloutFacts, rolloutFacts } from './facts.ts'

/** The deployment that can be ended so. Faults: BadRequest, with what is in the way. */
export function stoppable({ service, deployments, revision }: RolloutFacts, type: StopType): ServiceDeployment {
  const { name } = service.metadata
  const newest = deployments.at(-1)
  const refuse = (why: string): never => {
    throw new Fault('BadRequest', `service ${name}: ${why}`)
  }
  if (newest === undefined) return refuse('it has no deployment yet')
  const { status } = newest.status ?? {}
  if (isFinished(newest))
    return refuse(
      `nothing is in progress: deployment ${newest.metadata.name} is ${status}; to go back: gantry rollout undo ${name}`,
    )
  if (newest.status?.rollback !== undefined) return refuse(`deployment ${newest.metadata.name} goes back already`)
  if (newest.spec.stop !== undefined)
    return refuse(`${newest.spec.stop.type} of deployment ${newest.metadata.name} was requested already`)
  const hasTarget = completedBefore(deployments).some(({ spec }) => revision(spec.targetServiceRevision) !== undefined)
  if (type === 'ROLLBACK' && !hasTarget)
    return refuse(
      `no deployment of another revision has completed: nothing to go back to; gantry rollout abort ${name}`,
    )
  return newest
}

/** ECS's StopServiceDeployment of the newest deployment. Returns its name. Faults: BadRequest, those of the client. */
export async function requestStop(session: Session, service: string, type: StopType): Promise<string> {
  const { client, signal, namespace } = session
  const { name } = stoppable(await rolloutFacts(session, session.keyOf(serviceKind, service)), type).metadata
  const body = { spec: { stop: { type } } }
  await client.patch(ServiceDeployment, { namespace, name }, { type: 'merge', body }, signal)
  return name
}

/** The step of a deployment that waits, or that is not there yet. Faults: BadRequest, with what is in the way. */
export function promotable({ service, deployments }: RolloutFacts): { readonly name: string; readonly step: number } {
  const { name } = service.metadata
  const newest = deployments.at(-1)
  const refuse = (why: string): never => {
    throw new Fault('BadRequest', `service ${name}: ${why}`)
  }
  if (newest === undefined || isFinished(newest)) return refuse('nothing is in progress')
  const { rollback, shift, lifecycleStage } = newest.status ?? {}
  if (rollback !== undefined) return refuse(`deployment ${newest.metadata.name} goes back`)
  if (service.spec.paused === true) return refuse(`it is paused: gantry rollout resume ${name}`)
  if (lifecycleStage !== 'BAKE_TIME' && (shift === undefined || shift.percent === 100))
    return refuse(`deployment ${newest.metadata.name} waits for nothing but its tasks`)
  return { name: newest.metadata.name, step: stepOf(newest) }
}

/** Ends the wait of the present step. Returns the deployment's name. Faults: BadRequest, those of the client. */
export async function promote(session: Session, service: string): Promise<string> {
  const { client, signal, namespace } = session
  const { name, step } = promotable(await rolloutFacts(session, session.keyOf(serviceKind, service)))
  const body = { spec: { promotedThrough: step } }
  await client.patch(ServiceDeployment, { namespace, name }, { type: 'merge', body }, signal)
  return name
}

interface Answer {
  readonly action: HookAction
  /** Only to this hook; undefined: to all that wait. */
  readonly hook?: string | undefined
}

/** The answers of the newest deployment with `answer` to the hooks that wait for a person. Faults: BadRequest when none does. */
export function answered({ service, deployments }: RolloutFacts, { action, hook }: Answer) {
  const newest = deployments.at(-1)
  const waiting = newest === undefined || isFinished(newest) ? [] : openHooks(newest)
  const given = newest?.spec.hookAnswers ?? []
  const open = waiting
    .filter(({ status, hookId }) => status === 'AWAITING_ACTION' && (hook === undefined || hookId === hook))
    .filter(({ hookId }) => given.every((one) => one.hookId !== hookId))
  if (newest === undefined || open.length === 0)
    throw new Fault('BadRequest', `service ${service.metadata.name}: no hook waits for a person`)
  return { name: newest.metadata.name, answers: [...given, ...open.map(({ hookId }) => ({ hookId, action }))] }
}

/** ECS's ContinueServiceDeployment. Returns the deployment's name. Faults: BadRequest, those of the client. */
export async function answerHooks(session: Session, service: string, answer: Answer): Promise<string> {
  const { client, signal, namespace } = session
  const { name, answers } = answered(await rolloutFacts(session, session.keyOf(serviceKind, service)), answer)
  const body = { spec: { hookAnswers: answers } }
  await client.patch(ServiceDeployment, { namespace, name }, { type: 'merge', body }, signal)
  return name
}

/** Faults: BadRequest when it is so already, those of the client. */
export async function setPaused(session: Session, service: string, paused: boolean): Promise<void> {
  const { client, signal } = session
  const key = session.keyOf(serviceKind, service)
  const is = (await client.get(Service, key, signal)).spec.paused === true
  if (is === paused) throw new Fault('BadRequest', `service ${service} is ${paused ? 'already' : 'not'} paused`)
  const body = { spec: { paused: paused ? true : null } }
  await client.patch(Service, key, { type: 'merge', body }, signal)
}
