/** A kind as a value: registry, server, clients and generators know kinds only through this. */
import { z } from 'zod'
import type { FieldProblem } from '../../lib/errors.ts'
import { ObjectMeta, type Resource } from './object.ts'

declare module 'zod' {
  interface GlobalMeta {
    /** Kubernetes' list semantics for merging: items are identified by `listMapKeys`, or the list is a set. */
    listType?: 'map' | 'set' | 'atomic'
    listMapKeys?: readonly string[]
    /** Items of one key are an error, as Kubernetes has it, unless the last counts (with a warning) or all stay. */
    duplicates?: 'lastWins' | 'kept'
    /** An object or map that is merged as one value. */
    mapType?: 'atomic'
    /** A whole number or a text: Kubernetes' IntOrString. */
    intOrString?: true
    /** Members that the schema does not have are kept. */
    preserveUnknown?: true
    /** An object with apiVersion, kind and metadata of its own. */
    embeddedResource?: true
    /** Exactly one of these sets of members must be there. */
    oneOf?: readonly (readonly string[])[]
    /** OpenAPI's format where zod has none that takes the same values: `int32`, `int64`; '' says none. */
    format?: string
    /** The most members that a map may have. */
    maxProperties?: number
    /** Rules in Kubernetes' language for them, as documents show them; the kind's own rules enforce them. */
    validations?: readonly Readonly<Record<string, string>>[]
    /** Text that is a pointer in Go: empty text is something else than none (kinds of Kubernetes only). */
    keepsEmpty?: true
  }
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** Kubernetes JSONPath: `.status.runningCount`. */
  readonly jsonPath: string
  readonly description: string
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority?: 0 | 1
  /** Marks the column that takes the place of the first, which names the object. */
  readonly format?: 'name'
  /** Where Kubernetes computes the cell in code instead: of the object, and in words how long ago a time was. */
  readonly value?: (object: never, since: (time: string | null | undefined) => string) => unknown
}

/** The parts of a Kind that are plain facts. */
export interface KindFacts {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly scope: 'Cluster' | 'Namespaced'
  readonly description: string
  /** Whether `/status` is a subresource, so that users cannot write status nor controllers spec by accident. */
  readonly statusSubresource: boolean
  /** What a new object's status says; default: it has none. */
  readonly firstStatus?: Readonly<Record<string, unknown>>
  readonly scale?: { readonly specPath: string; readonly statusPath: string; readonly selectorPath?: string }
  readonly columns: readonly PrinterColumn[]
  /** Fields besides metadata.name and metadata.namespace that field selectors may use, as `status.lastStatus`. */
  readonly selectableFields: readonly string[]
  /** Those that are not paths: what they compare instead. Of `a|b` it is a, and where that is empty b. */
  readonly selectedPaths?: Readonly<Record<string, string>>
  /** Members that other tools' output carries and clients strip: dropped with a warning. `spec.taskDefinitionArn`. */
  readonly droppedFields: readonly string[]
  /** Whether metadata.generation counts changes outside metadata and status (not so for core kinds without spec). */
  readonly hasGeneration: boolean
  /** Whether `validate` has rules: where a wrong type keeps them from running, the refusal says so. */
  readonly hasRules: boolean
  /**
   * Refusals and warnings say no more than Kubernetes would. Others also say what was probably meant by an unknown field,
   * which nulls were dropped, and what rules find beside a value that is not allowed. Default: all but Gantry's kinds.
   */
  readonly isTerse: boolean
  /** Name rule: DNS-1123 subdomain (default) or label, or any path segment (RBAC). */
  readonly nameRule: 'subdomain' | 'label' | 'pathSegment'
  /** Whether spec.finalizers keep an object that is deleted, changed through `/finalize` alone (Namespace). */
  readonly specFinalizers: boolean
  /** Whether its data must not be seen: encrypted where it is stored. */
  readonly isSecret: boolean
  /** Objects are forgotten this long after their last write (Events), in seconds. */
  readonly timeToLiveSeconds?: number
  /** Other group versions that serve the same objects, and which members have other names there: `{ message: 'note' }`. */
  readonly otherNames?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The kind that is stored, of one that shows its objects under such names, as selections through this one see it. */
  readonly viewOf?: Kind
}

export interface Kind<T extends Resource = Resource> extends KindFacts {
  /** Recognizes well-known input that is something else (a tool's output, a part), and says what to do. */
  misread?(raw: Readonly<Record<string, unknown>>): readonly FieldProblem[]
  /** The whole object. Parsing it applies the defaults. */
  readonly schema: z.ZodType<T>
  /** What becomes of input beyond defaults, before anybody owns its fields (stringData into data). */
  complete(object: T): T
  /** What the schema alone cannot say: cross-field rules, and with `old` what may not change. */
  validate(object: T, old: T | undefined): readonly FieldProblem[]
  /** What is accepted but will not do what the user may expect. */
  warnings(object: T): readonly string[]
}

export const apiVersionOf = (kind: Pick<KindFacts, 'group' | 'version'>): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`

/** `tasks.gantry.dev`; core kinds have no dot. */
export const groupResource = (kind: Pick<KindFacts, 'group' | 'plural'>): string =>
  kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`

/** Facts with the usual defaults: group gantry.dev, version v1, namespaced, with a status subresource. */
export interface KindDefinition<Shape extends z.ZodRawShape>
  extends Partial<Omit<KindFacts, 'kind' | 'plural' | 'description' | 'hasRules'>>,
    Pick<KindFacts, 'kind' | 'plural' | 'description'> {
  /** Members next to apiVersion, kind and metadata. */
  readonly shape: Shape
}

type ObjectOf<Shape extends z.ZodRawShape> = z.output<
  z.ZodObject<{ apiVersion: z.ZodString; kind: z.ZodString; metadata: typeof ObjectMeta } & Shape>
>

/**
 * Whether a group is Kubernetes' own rather than one of custom resources, defined by schemas that users see. Its kinds are
 * compiled into kube-apiserver: they are read, worded, listed and served as Go types are.
 */
export const isNative = ({ group }: Pick<KindFacts, 'group'>): boolean =>
  !group.includes('.') || group.endsWith('.k8s.io')

export interface Rules<T> {
  complete?(object: T): T
  misread?(raw: Readonly<Record<string, unknown>>): readonly FieldProblem[]
  validate?(object: T, old: T | undefined): readonly FieldProblem[]
  warnings?(object: T): readonly string[]
}

/** Makes a kind from its shape and rules. */
export function defineKind<Shape extends z.ZodRawShape>(
  { shape, ...definition }: KindDefinition<Shape>,
  rules: Rules<ObjectOf<Shape>> = {},
): Kind<ObjectOf<Shape> & Resource> {
  const facts: KindFacts = {
    group: 'gantry.dev',
    version: 'v1',
    singular: definition.kind.toLowerCase(),
    shortNames: [],
    categories: ['gantry'],
    scope: 'Namespaced',
    statusSubresource: 'status' in shape,
    columns: [],
    selectableFields: [],
    droppedFields: [],
    hasGeneration: 'spec' in shape,
    nameRule: 'subdomain',
    isSecret: false,
    isTerse: (definition.group ?? 'gantry.dev') !== 'gantry.dev',
    specFinalizers: false,
    ...definition,
    hasRules: rules.validate !== undefined,
  }
  const schema = z.strictObject({
    apiVersion: z.literal(apiVersionOf(facts)).describe('Version of this representation.'),
    kind: z.literal(facts.kind).describe('Kind of this object.'),
    metadata: ObjectMeta.prefault({}).describe('Standard object metadata.'),
    ...shape,
  })
  return {
    ...facts,
    schema: schema as unknown as z.ZodType<ObjectOf<Shape> & Resource>,
    complete: (object) => (rules.complete?.(object) ?? object) as typeof object,
    ...(rules.misread === undefined ? {} : { misread: rules.misread }),
    validate: (object, old) => rules.validate?.(object, old) ?? [],
    warnings: (object) => rules.warnings?.(object) ?? [],
  }
}

/** The type of a kind's objects. */
export type ObjectOfKind<K> = K extends Kind<infer T> ? T : never
