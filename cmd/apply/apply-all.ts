/** Applies a set of manifests in the right order, says what became of each, and prunes what is no longer among them. */
import type { Resource } from '../../api/meta/object.ts'
import { keyOf } from '../../api/meta/object.ts'
import { isFault, unlessGone } from '../../lib/errors.ts'
import { type Manifest, titleOf } from '../manifest/manifest.ts'
import type { Printable } from '../output/print.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { type Applied, applyAfterReferences, applyManifest } from './apply.ts'
import { asMember } from './apply-set.ts'
import { inApplyOrder } from './order.ts'
import { ApplySet } from './prune.ts'
import { refusals } from './refusals.ts'
import { inRolloutOrder } from './rollout-order.ts'

export interface ApplyAllOptions {
  /** The set that all of it belongs to. */
  readonly applyset?: string
  /** Deletes what else belongs to the set. */
  readonly prune?: boolean
  readonly output?: 'json' | 'yaml' | 'name'
  /** `server`: the session's writes have no effect. */
  readonly dryRun?: 'server' | 'client' | 'none'
}

export interface AppliedAll {
  readonly applied: readonly Printable[]
  /** What could not be applied; the rest was. */
  readonly problems: readonly string[]
}

export async function applyAll(
  session: Session,
  manifests: readonly Manifest[],
  flags: ApplyAllOptions,
  terminal: Terminal,
): Promise<AppliedAll> {
  const { client, signal } = session
  const dry = flags.dryRun === 'server' ? ' (server dry run)' : ''
  const named = inApplyOrder(manifests).map((one) => ({ ...one, object: session.inNamespace(one.kind, one.object) }))
  const placed = await inRolloutOrder(client, named, signal)
  const key = { namespace: session.namespace, name: flags.applyset ?? '' }
  const set = flags.applyset === undefined ? undefined : await ApplySet.open(client, key, signal)
  const there = dry === '' ? await set?.widen(placed, signal) : await set?.members(signal)
  const applied: Printable[] = []
  const problems: string[] = []
  for (const manifest of placed) {
    try {
      const { result, object } = await applyOne(session, await member(session, manifest, set), placed, dry !== '')
      applied.push({ kind: manifest.kind, object })
      if (flags.output === undefined) terminal.out(`${manifest.title} ${result}${dry}`)
      if (flags.output === 'name') terminal.out(manifest.title)
    } catch (error) {
      if (!isFault(error) || isFault(error, 'Unavailable', 'Timeout', 'Unauthorized')) throw error
      problems.push(...refusals(manifest, error))
    }
  }
  // A set that was applied in part is no measure of what is left over.
  if (set === undefined || there === undefined || flags.prune !== true || problems.length > 0)
    return { applied, problems }
  const gone = await set.prune(there, applied, dry !== '', signal)
  for (const { kind, object } of gone) {
    if (flags.output === undefined) terminal.out(`${titleOf(kind, object.metadata.name)} pruned${dry}`)
  }
  return { applied, problems }
}

/** The manifest as a member of the set, if there is one. */
async function member(session: Session, manifest: Manifest, set: ApplySet | undefined): Promise<Manifest> {
  if (set === undefined) return manifest
  const live = await unlessGone(session.client.get(manifest.kind, keyOf(manifest.object), session.signal))
  return { ...manifest, object: asMember(manifest.object, set.id, live) }
}

function applyOne(session: Session, manifest: Manifest, all: readonly Manifest[], dry: boolean): Promise<Applied> {
  if (!mayRefer(manifest.object, all)) return applyManifest(session, manifest)
  return dry ? applyUnlessReferring(session, manifest) : applyAfterReferences(session, manifest)
}

/** In a dry run nothing is made that others could refer to: what refers to it can only be said to come. */
async function applyUnlessReferring(session: Session, manifest: Manifest): Promise<Applied> {
  try {
    return await applyManifest(session, manifest)
  } catch (error) {
    const missing =
      isFault(error, 'NotFound') ||
      (isFault(error, 'Invalid') && error.problems.every(({ reason }) => reason === 'FieldValueNotFound'))
    if (!missing) throw error
    return { result: 'created', object: manifest.object }
  }
}

/** Whether `object` may refer to another one of this apply: its namespace, or a task definition. */
function mayRefer(object: Resource, all: readonly Manifest[]): boolean {
  const spec = object.spec as { readonly taskDefinition?: unknown } | undefined
  const [family] = typeof spec?.taskDefinition === 'string' ? spec.taskDefinition.split(':') : []
  return all.some(
    ({ kind, object: { metadata } }) =>
      (['Cluster', 'Namespace'].includes(kind.kind) && metadata.name === object.metadata.namespace) ||
      (kind.kind === 'TaskDefinition' && metadata.name === family),
  )
}
