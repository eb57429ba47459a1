import { describe, expect, it } from 'vitest'
import type { Resource } from '../../api/meta/object.ts'
import { ConfigMap } from '../../api/v1/config-map.ts'
import { Secret } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { TaskDefinition } from '../../api/v1/task-definition.ts'
import { applySetId, asMember, contentOf, leftOver, parentOf, partOfLabel } from './apply-set.ts'

const key = { namespace: 'shop', name: 'all' }
const named = (name: string, namespace?: string, labels?: Record<string, string>): Resource =>
  ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name, uid: '', resourceVersion: '', ...(namespace && { namespace }), ...(labels && { labels }) },
  }) as Resource
const service = (name: string, namespace = 'shop') => ({ kind: Service, object: named(name, namespace) })
const definition = (name: string) => ({ kind: TaskDefinition, object: named(name) })

describe('an ApplySet', () => {
  it('has the id that the KEP gives to its parent', () => {
    // sha256 of "all.shop.ConfigMap.", as kubectl makes it
    expect(applySetId(key)).toMatch(/^applyset-[\w-]{43}-v1$/)
    expect(applySetId(key)).not.toBe(applySetId({ ...key, namespace: 'other' }))
  })

  it('remembers kinds and other namespaces of its members, and keeps what others wrote', () => {
    const before = { ...named('all', 'shop', { team: 'a' }), kind: 'ConfigMap' }
    const parent = parentOf(key, [service('b', 'other'), service('a'), definition('d')], before)
    expect(parent.metadata.labels).toEqual({ team: 'a', 'applyset.kubernetes.io/id': applySetId(key) })
    expect(contentOf(parent)).toEqual({
      kinds: ['Service.gantry.dev', 'TaskDefinition.gantry.dev'],
      namespaces: ['shop', 'other'],
    })
  })

  it.each([
    { when: 'is an ordinary ConfigMap', change: { labels: {}, annotations: {} }, says: 'is no ApplySet' },
    {
      when: "is another tool's set",
      change: {
        labels: { 'applyset.kubernetes.io/id': 'x' },
        annotations: { 'applyset.kubernetes.io/tooling': 'kubectl/v1.35' },
      },
      says: 'is an ApplySet of kubectl/v1.35',
    },
  ])('is refused when its parent $when', ({ change, says }) => {
    const parent = named('all', 'shop')
    const changed = { ...parent, metadata: { ...parent.metadata, ...change } } as Resource
    expect(() => contentOf(changed)).toThrow(says)
  })

  it('takes in what belongs to nobody, and nothing that belongs to another set', () => {
    const id = applySetId(key)
    expect(asMember(named('a', 'shop', { x: 'y' }), id, undefined).metadata.labels).toEqual({
      x: 'y',
      [partOfLabel]: id,
    })
    expect(() => asMember(named('a'), id, named('a', 'shop', { [partOfLabel]: 'applyset-other-v1' }))).toThrow(
      'belongs to another ApplySet',
    )
  })

  it('leaves over what is there and was not applied, by kind and place', () => {
    const there = [service('a'), service('b'), service('a', 'other'), definition('a')]
    expect(leftOver(there, [service('a'), definition('a')])).toEqual([service('b'), service('a', 'other')])
    const same = { kind: ConfigMap, object: named('a', 'shop') }
    expect(leftOver([same], [{ kind: Secret, object: named('a', 'shop') }])).toEqual([same])
  })
})
