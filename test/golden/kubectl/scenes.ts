/**
 * What was there when a recorded command ran, and what happened while it ran: the recording says neither, its outputs do.
 * A scene begins with the case of its name and lasts until the next one's.
 */

export interface SceneWidget {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly spec: Readonly<Record<string, unknown>>
}

export interface Scene {
  readonly widgets: readonly SceneWidget[]
  /** ClusterWidget `k`. */
  readonly cluster: boolean
  /** An event about widget `a`. */
  readonly event: boolean
}

/** The one thing that others do meanwhile, once `after` of the command's requests were seen. */
export interface Meanwhile {
  /** Requests that have `watch=true`, or for `wait --for=create` reads. */
  readonly after: 'watch' | 'reads'
  readonly changes: readonly Change[]
}

export type Change =
  | { readonly do: 'size'; readonly name: string; readonly size: number }
  | { readonly do: 'status'; readonly name: string; readonly status: unknown }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'create'; readonly widget: SceneWidget }

const a: SceneWidget = { name: 'a', labels: { app: 'x' }, spec: { color: 'red', size: 1 } }
const b: SceneWidget = { name: 'b', labels: { app: 'x' }, spec: { color: 'blue', size: 2 } }
const c: SceneWidget = { name: 'c', labels: { app: 'y' }, spec: { color: 'red' } }
const e: SceneWidget = { name: 'e', namespace: 'golden-b', spec: { color: 'red' } }
const plain = (name: string): SceneWidget => ({ name, labels: { app: 'x' }, spec: { color: 'red' } })

const nothing: Scene = { widgets: [], cluster: false, event: false }
const full: Scene = { widgets: [a, b, c, e], cluster: true, event: true }
const silent: Scene = { ...full, event: false }

/** By the case that a scene begins with. */
export const scenes: Readonly<Record<string, Scene>> = {
  version: nothing,
  'get-list': full,
  'get-watch-one-timeout': full,
  'get-watch-only-events': full,
  'get-watch-yaml': full,
  describe: full,
  create: nothing,
  'apply-first': nothing,
  'ssa-first': nothing,
  'ssa-after-client-apply': nothing,
  'apply-prune-selector': nothing,
  edit: silent,
  'wait-condition': silent,
  delete: silent,
  'delete-no-wait': silent,
  'delete-now': { ...silent, widgets: [a, c, plain('d')] },
  'delete-file': { ...silent, widgets: [a, plain('g')] },
  'delete-foreground': { ...silent, widgets: [a, b, c] },
  'delete-dry-run': { ...silent, widgets: [a, b] },
  'delete-finalizer-wait': { ...silent, widgets: [{ ...plain('f'), finalizers: ['a.b/c'] }] },
  'can-i': nothing,
  as: nothing,
  'create-secret': nothing,
  'create-namespace': nothing,
  'lack-protobuf-body-create-namespace': { ...nothing, widgets: [plain('a')] },
  'lack-openapi-v2-apply': nothing,
  'lack-protobuf-openapi-v2-apply': nothing,
  'lack-openapi-v3-apply': nothing,
  'lack-aggregated-discovery-apply': nothing,
  'lack-both-openapi-apply': nothing,
}

const ready = { conditions: [{ type: 'Ready', status: 'True' }] }
const bigger: Change = { do: 'size', name: 'a', size: 9 }
const gone: Change = { do: 'delete', name: 'c' }

export const meanwhile: Readonly<Record<string, Meanwhile>> = {
  'get-watch': { after: 'watch', changes: [bigger, gone] },
  'get-watch-only-events': { after: 'watch', changes: [bigger, gone] },
  'get-watch-yaml': { after: 'watch', changes: [bigger] },
  'wait-condition': { after: 'watch', changes: [{ do: 'status', name: 'a', status: ready }] },
  'wait-jsonpath': { after: 'watch', changes: [{ do: 'status', name: 'b', status: { phase: 'Ready' } }] },
  'wait-delete': { after: 'watch', changes: [{ do: 'delete', name: 'b' }] },
  'wait-create': { after: 'reads', changes: [{ do: 'create', widget: plain('late') }] },
}
