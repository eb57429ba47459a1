/**
 * The CustomResourceDefinitions of what is served, for `kubectl get crd` and for tools that ask whether a kind is installed:
 * made from the kinds, read-only, and the same on every server of a store.
 */
import { createHash } from 'node:crypto'
import { Fault } from '../../../lib/errors.ts'
import { type Instant, timestamp } from '../../../lib/time.ts'
import { crdOf } from '../../meta/crd.ts'
import { isNative, type Kind } from '../../meta/kind.ts'
import type { Resource } from '../../meta/object.ts'
import { selectorOf } from '../../meta/selectors.ts'
import { notFound } from '../../registry/faults.ts'
import type { Registry } from '../../registry/registry.ts'
import type { RegistryEvent } from '../../registry/watch.ts'
import { Namespace } from '../../v1/core.ts'
import { CustomResourceDefinition } from '../../v1/custom-resource-definition.ts'
import { systemNamespace } from '../../v1/well-known.ts'
import type { VirtualResource } from './served.ts'

export const definitionKind = CustomResourceDefinition as unknown as Kind

/** As discovery lists it. */
export const definitionResource: VirtualResource = { ...definitionKind, verbs: ['get', 'list', 'watch'] }

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A UUID (version 8) that follows from the name. */
const uidOf = (name: string): string =>
  digest(name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')

function definitionOf(kind: Kind, created: string, resourceVersion: string): Resource {
  const { metadata, spec, ...type } = crdOf(kind) as unknown as Resource & { readonly spec: { readonly names: object } }
  const condition = (name: string, reason: string, message: string): object => ({
    type: name,
    status: 'True',
    lastTransitionTime: created,
    reason,
    message,
  })
  return {
    ...type,
    metadata: { ...metadata, uid: uidOf(metadata.name), resourceVersion, generation: 1, creationTimestamp: created },
    spec: { ...spec, conversion: { strategy: 'None' } },
    status: {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: spec.names,
      storedVersions: [kind.version],
    },
  }
}

/** `registry` as it looks to who reads definitions; `since` is when there is no better time to say they were made. */
export function definitionRegistry(registry: Registry, since: Instant): Registry {
  const kinds = registry.kinds.filter((kind) => !isNative(kind))
  let version: string | undefined
  // a number that changes with what is served, so that who watches from another one lists again
  const versionNow = (): string => {
    version ??= String(Number.parseInt(digest(JSON.stringify(kinds.map(crdOf))).slice(0, 12), 16) + 1)
    return version
  }
  const selected = (options: Parameters<typeof selectorOf>[1]): readonly Resource[] => {
    // as old as the store's own namespace: the same for all servers, and after each start
    const hasNamespaces = registry.kinds.some(({ group, kind }) => group === '' && kind === Namespace.kind)
    const system = hasNamespaces ? registry.cached(Namespace, { namespace: '', name: systemNamespace }) : undefined
    const created = system?.metadata.creationTimestamp ?? timestamp(since)
    return kinds.map((kind) => definitionOf(kind, created, versionNow())).filter(selectorOf(definitionKind, options))
  }

  async function* watch(
    options: Parameters<Registry['watch']>[1],
    signal: AbortSignal,
  ): AsyncGenerator<RegistryEvent<Resource>, void, void> {
    const { resourceVersion = '', sendInitialEvents } = options
    const fromNow = resourceVersion === '' || resourceVersion === '0'
    if (!fromNow && resourceVersion !== versionNow()) {
      throw new Fault('Expired', `too old resource version: ${resourceVersion} (${versionNow()})`)
    }
    if (sendInitialEvents ?? fromNow) for (const object of selected(options)) yield { type: 'ADDED', object }
    if (sendInitialEvents === true) {
      yield { type: 'BOOKMARK', resourceVersion: versionNow(), initialEventsEnd: true }
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (!signal.aborted) await promise
    signal.throwIfAborted()
  }

  async function* watchBatches(options: Parameters<typeof watch>[0], signal: AbortSignal) {
    for await (const event of watch(options, signal)) yield [event]
  }

  const readOnly: Pick<Registry, 'get' | 'list' | 'watch' | 'watchBatches'> = {
    async get(kind, { name }) {
      const [found] = selected({ fieldSelector: `metadata.name=${name}` })
      if (found === undefined) throw notFound(kind as unknown as Kind, name)
      return found as never
    },
    list: async (_, options) => ({ resourceVersion: versionNow(), items: selected(options) as never }),
    watch: (_, options, signal) => watch(options, signal) as never,
    watchBatches: (_, options, signal) => watchBatches(options, signal) as never,
  }
  return { ...registry, ...readOnly }
}
