/** What all builders share: a valid object of a kind, of which a test names only what matters to it. */
import { apiVersionOf, type Kind } from '../../api/meta/kind.ts'
import { controllerReference, type ObjectMeta, type Resource } from '../../api/meta/object.ts'

/** Members a test may set; all else is a valid default. */
export interface Overrides<T extends Resource> {
  readonly name?: string
  readonly namespace?: string
  /** Becomes the controller reference. */
  readonly owner?: Resource
  readonly metadata?: Partial<ObjectMeta>
  readonly spec?: Partial<NonNullable<T['spec']>>
  readonly status?: T['status']
}

/** The time at which built objects were created: the start of VirtualClock. */
export const builtAt = '2026-01-01T00:00:00Z'

/**
 * An object as the server would return it: defaults applied by the kind's own schema, uid `uid-<kind>-<name>`,
 * resourceVersion 1, generation 1.
 */
export function build<T extends Resource>(
  kind: Kind<T>,
  defaults: { readonly name: string; readonly spec?: object; readonly rest?: object },
  overrides: Overrides<T>,
): T {
  const name = overrides.name ?? defaults.name
  const namespace = kind.scope === 'Namespaced' ? { namespace: overrides.namespace ?? 'default' } : {}
  const owner = overrides.owner === undefined ? {} : { ownerReferences: [controllerReference(overrides.owner)] }
  const spec =
    defaults.spec === undefined && overrides.spec === undefined
      ? {}
      : { spec: { ...defaults.spec, ...(overrides.spec as object | undefined) } }
  return kind.schema.parse({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name,
      ...namespace,
      uid: `uid-${kind.singular}-${name}`,
      resourceVersion: '1',
      creationTimestamp: builtAt,
      ...(kind.hasGeneration ? { generation: 1 } : {}),
      ...owner,
      ...overrides.metadata,
    },
    ...defaults.rest,
    ...spec,
    ...(overrides.status === undefined ? {} : { status: overrides.status }),
  })
}
