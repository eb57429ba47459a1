/** `gantry delete`: deletes objects by name, by label or as files say, and waits until they are gone. */
import { Command } from 'commander'
import type { ResourceClient } from '../api/client/client.ts'
import { type Condition, conditionOf } from '../api/meta/conditions.ts'
import type { Kind } from '../api/meta/kind.ts'
import { keyOf, type ObjectKey, type Resource } from '../api/meta/object.ts'
import { allKinds } from '../api/v1/kinds.ts'
import { inUseCondition } from '../api/v1/well-known.ts'
import { type Clock, deadline } from '../lib/clock.ts'
import { Fault, isFault, messageOf } from '../lib/errors.ts'
import { type Millis, millis } from '../lib/time.ts'
import { inDeleteOrder } from './apply/order.ts'
import { refusalWithoutForce } from './delete-without-force.ts'
import { selectionsOf } from './kind-argument.ts'
import { limits } from './limits.ts'
import { readManifests, titleOf } from './manifest/manifest.ts'
import { readSources } from './manifest/source.ts'
import { type ClientFlags, durationMillis, output, withClientFlags } from './options.ts'
import { jsonText } from './output/print.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface DeleteFlags extends ClientFlags {
  readonly filename?: readonly string[]
  readonly recursive?: boolean
  readonly selector?: string
  readonly all?: boolean
  readonly wait: boolean
  readonly timeout: number
  readonly ignoreNotFound?: boolean
  readonly force: boolean
  readonly output?: 'json' | 'name'
}

interface Target {
  readonly kind: Kind
  readonly key: ObjectKey
  readonly title: string
}

export const deleteCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('delete'))
    .description('delete objects: KIND NAME..., KIND/NAME..., KIND -l LABELS, KIND --all, or -f FILE')
    .argument('[what...]', 'as: service web, service/web')
    .option('-f, --filename <file...>', 'files or folders that name the objects; - for standard input')
    .option('-R, --recursive', 'folders with all that is below them')
    .option('-l, --selector <labels>', 'objects with these labels')
    .option('--all', 'all objects of the kind in the cluster')
    .option('--wait [true|false]', 'wait until the objects are gone', (text: string) => text !== 'false', true)
    .option('--no-wait', 'return as soon as the server has taken note')
    .option('--timeout <duration>', 'how long to wait', durationMillis, limits.deleteWait)
    .option('--ignore-not-found', 'no error when an object does not exist')
    .option('--no-force', "refuse, as ECS's calls without force do: a service above 0, an instance with running tasks")
    .addOption(output('json', 'name'))
    .action(async (what: readonly string[], flags: DeleteFlags) => {
      const { openSession } = await import('./session.ts')
      const session = await openSession(flags, terminal)
      const targets = await targetsOf(session, what, flags, terminal)
      const { deleted, problems } = await deleteAll(session, targets, flags, terminal)
      if (flags.output === 'json') terminal.out(jsonText({ deleted: deleted.map(({ title }) => title) }))
      if (problems.length > 0) throw new Fault('BadRequest', problems.join('\n'))
    })

async function targetsOf(
  session: Session,
  what: readonly string[],
  flags: DeleteFlags,
  terminal: Terminal,
): Promise<readonly (readonly Target[])[]> {
  if (flags.filename !== undefined) {
    if (what.length > 0) throw new Fault('BadRequest', 'name objects or files (-f), not both')
    const options = { recursive: flags.recursive === true, stdin: terminal.stdin }
    const manifests = readManifests(await readSources(flags.filename, options), allKinds)
    const ordered = inDeleteOrder(manifests).map(({ kind, object, title }) => ({
      kind,
      title,
      key: keyOf(session.inNamespace(kind, object)),
    }))
    return [...Map.groupBy(ordered, ({ kind }) => kind).values()]
  }
  const groups: (readonly Target[])[] = []
  for (const { kind, names } of selectionsOf(what, allKinds)) {
    const target = (key: ObjectKey): Target => ({ kind, key, title: titleOf(kind, key.name) })
    if (names.length > 0) {
      groups.push(names.map((name) => target(session.keyOf(kind, name))))
      continue
    }
    if (flags.all !== true && flags.selector === undefined)
      throw new Fault('BadRequest', `which ${kind.plural}? Give names, -l LABELS or --all`)
    const options = {
      ...(kind.scope === 'Cluster' ? {} : { namespace: session.namespace }),
      ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
    }
    const { items } = await session.client.list(kind, options, session.signal)
    groups.push(items.map((object) => target(keyOf(object))))
  }
  return groups
}

/** Deletes group after group, each group at once, so that what refers goes before what it refers to. */
async function deleteAll(
  session: Session,
  groups: readonly (readonly Target[])[],
  flags: DeleteFlags,
  terminal: Terminal,
): Promise<{ readonly deleted: readonly Target[]; readonly problems: readonly string[] }> {
  const deleted: Target[] = []
  const problems: string[] = []
  const timeout = millis(flags.timeout)
  for (const group of groups) {
    await Promise.all(
      group.map(async (target) => {
        try {
          const { client, clock, signal } = session
          const uid = await startDeletion(client, target, flags.force, signal)
          if (flags.wait && uid !== undefined) {
            const tell = (why: string): void => terminal.err(`${target.title}: ${why}`)
            await untilGone({ client, clock, timeout, tell }, target, uid, signal)
          }
          deleted.push(target)
          if (flags.output === 'name') terminal.out(target.title)
          else if (flags.output === undefined)
            terminal.out(`${target.title} ${flags.wait ? 'deleted' : 'is being deleted'}`)
        } catch (error) {
          if (!(flags.ignoreNotFound === true && isFault(error, 'NotFound')))
            problems.push(isFault(error, 'NotFound') ? messageOf(error) : `${target.title}: ${messageOf(error)}`)
        }
      }),
    )
  }
  return { deleted, problems }
}

/**
 * Asks for the deletion; the uid of what is to go, undefined when it is gone already. Faults: NotFound; without force Conflict,
 * when tasks use it, or when it was changed while that was looked at.
 */
async function startDeletion(
  client: ResourceClient,
  { kind, key }: Target,
  force: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const object = await client.get(kind, key, signal)
  const { uid, resourceVersion } = object.metadata
  const refusal = force ? undefined : refusalWithoutForce(kind, object)
  if (refusal !== undefined) throw new Fault('Conflict', refusal)
  try {
    await client.delete(kind, key, { preconditions: force ? { uid } : { uid, resourceVersion } }, signal)
    return uid
  } catch (error) {
    if (isFault(error, 'NotFound')) return undefined
    throw error
  }
}

interface Waiting {
  readonly client: ResourceClient
  readonly clock: Clock
  readonly timeout: Millis
  /** Is told what holds the object, once for each thing to say. */
  readonly tell: (why: string) => void
}

/** Resolves when the object of this uid is gone. Faults: Timeout, saying what it still waits for. */
async function untilGone(
  { client, clock, timeout, tell }: Waiting,
  { kind, key }: Target,
  uid: string,
  outer: AbortSignal,
): Promise<void> {
  let last: Resource | undefined
  let told: string | undefined
  const { signal, done } = deadline(clock, timeout, outer, () => {
    const finalizers = last?.metadata.finalizers?.join(', ') ?? ''
    const holders = finalizers === '' ? '' : `, held by ${finalizers}`
    return new Fault(
      'Timeout',
      `still there after ${timeout / 1000} s${holders}${told === undefined ? '' : `: ${told}`}`,
    )
  })
  const see = (object: Resource | undefined): void => {
    last = object
    const { conditions } =
      (object as { readonly status?: { readonly conditions?: readonly Condition[] } })?.status ?? {}
    const why = conditionOf(conditions, inUseCondition)?.message
    if (why !== undefined && why !== told) tell(why)
    told = why
  }
  const scope = {
    ...(key.namespace === '' ? {} : { namespace: key.namespace }),
    fieldSelector: `metadata.name=${key.name}`,
  }
  try {
    for (;;) {
      const { items, resourceVersion } = await client.list(kind, scope, signal)
      see(items.find(({ metadata }) => metadata.uid === uid))
      if (last === undefined) return
      for await (const event of client.watch(kind, { ...scope, resourceVersion }, signal)) {
        if (event.type === 'BOOKMARK') continue
        if (event.type === 'DELETED' && event.object.metadata.uid === uid) return
        see(event.object)
      }
    }
  } catch (error) {
    throw signal.aborted && !outer.aborted ? signal.reason : error
  } finally {
    done()
  }
}
