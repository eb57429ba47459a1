/** ECS's cluster query language (ecs-core 6.4): whether an instance fulfils an expression. cluster-query-syntax.ts reads one. */

import { parseTimestamp } from '../../lib/time.ts'
import type { ClusterQuery, QuerySubject } from './cluster-query-syntax.ts'
import type { ContainerInstance } from './container-instance.ts'

/** What the language can ask of an instance. */
export interface QueriedInstance {
  readonly agentConnected: boolean
  readonly agentVersion: string
  readonly ec2InstanceId: string
  /** RFC 3339; empty when unknown. */
  readonly registeredAt: string
  readonly runningTasksCount: number
  /** Groups of the tasks that run there. */
  readonly taskGroups: readonly string[]
  /** Attribute values by name; empty text for an attribute without a value. */
  readonly attributes: ReadonlyMap<string, string>
}

/** What an instance says of itself: which tasks run there it does not tell. */
export const queriedInstance = ({ metadata, spec, status }: ContainerInstance): QueriedInstance => ({
  agentConnected: status?.agentConnected ?? false,
  agentVersion: status?.versionInfo?.agentVersion ?? '',
  ec2InstanceId: metadata.name,
  registeredAt: status?.registeredAt ?? '',
  runningTasksCount: status?.runningTasksCount ?? 0,
  taskGroups: [],
  attributes: new Map(
    [...(status?.attributes ?? []), ...(spec.attributes ?? [])].map(({ name, value }) => [name, value ?? '']),
  ),
})

const numberOr = (text: string, other: number): number => (Number.isNaN(Number(text)) ? other : Number(text))

/** Versions by their numbers: 1.9.0 is before 1.10.0. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = numberOr(left[i] ?? '0', 0) - numberOr(right[i] ?? '0', 0)
    if (order !== 0) return order
  }
  return 0
}

const instantOf = (text: string): number =>
  parseTimestamp(/T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text)

function compare(subject: QuerySubject, instance: QueriedInstance, value: string): number {
  if (subject === 'agentVersion') return compareVersions(instance.agentVersion, value)
  if (subject === 'registeredAt') return instantOf(instance.registeredAt) - instantOf(value)
  return instance.runningTasksCount - Number(value)
}

/** The texts a subject has on an instance: none when the attribute is missing, one, or one for each task. */
function textsOf(query: ClusterQuery & { is: 'test' }, instance: QueriedInstance): readonly string[] {
  switch (query.subject) {
    case 'agentConnected':
      return [String(instance.agentConnected)]
    case 'ec2InstanceId':
      return [instance.ec2InstanceId]
    case 'task:group':
      return instance.taskGroups
    case 'attribute': {
      const value = instance.attributes.get(query.attribute)
      return value === undefined ? [] : [value]
    }
    default:
      return []
  }
}

/** Java's `matches`: the whole text. */
const wholly = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`, 'u').test(text)

function textTest(query: ClusterQuery & { is: 'test' }, instance: QueriedInstance): boolean {
  const texts = textsOf(query, instance)
  const some = (holds: (text: string) => boolean): boolean => texts.some(holds)
  // a missing attribute is neither equal nor different
  const none = (holds: (text: string) => boolean): boolean =>
    !some(holds) && (query.subject !== 'attribute' || texts.length > 0)
  const first = query.values[0] ?? ''
  switch (query.operator) {
    case '==':
      return some((text) => text === first)
    case '!=':
      return none((text) => text === first)
    case 'in':
      return some((text) => query.values.includes(text))
    case '!in':
      return none((text) => query.values.includes(text))
    case '=~':
      return some((text) => wholly(first, text))
    case '!~':
      return none((text) => wholly(first, text))
    case 'exists':
      return instance.attributes.has(query.attribute)
    case '!exists':
      return !instance.attributes.has(query.attribute)
    default:
      return false
  }
}

function orderTest(query: ClusterQuery & { is: 'test' }, instance: QueriedInstance): boolean {
  const order = compare(query.subject, instance, query.values[0] ?? '')
  switch (query.operator) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    default:
      return false
  }
}

const ordered: ReadonlySet<QuerySubject> = new Set(['agentVersion', 'registeredAt', 'runningTasksCount'])

/** Whether `instance` fulfils `query`. */
export function fulfils(query: ClusterQuery, instance: QueriedInstance): boolean {
  switch (query.is) {
    case 'and':
      return query.of.every((part) => fulfils(part, instance))
    case 'or':
      return query.of.some((part) => fulfils(part, instance))
    case 'not':
      return !fulfils(query.of, instance)
    case 'test':
      return ordered.has(query.subject) ? orderTest(query, instance) : textTest(query, instance)
  }
}
