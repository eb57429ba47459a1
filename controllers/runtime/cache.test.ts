/** An object only moves forward in the cache, whatever order news of it comes in. */
import { describe, expect, it } from 'vitest'
import type { Kind } from '../../api/meta/kind.ts'
import type { Resource } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { aService, aTask } from '../../test/builders/kinds.ts'
import { ObjectCache } from './cache.ts'
import { index } from './controller.ts'

const task = (name: string, version: number, more: Parameters<typeof aTask>[0] = {}): Task =>
  aTask({ name, ...more, metadata: { resourceVersion: String(version), ...more.metadata } })

function aCache() {
  const changes: string[] = []
  const cache = new ObjectCache({
    onChange: (_, old, now) =>
      changes.push(`${old?.metadata.resourceVersion ?? '-'} -> ${now?.metadata.resourceVersion ?? '-'}`),
  })
  cache.declare(
    index(Task, 'byInstance', (t) => (t.spec.containerInstance === undefined ? [] : [t.spec.containerInstance])),
  )
  const tasks = cache.source(Task as unknown as Kind, undefined)
  const names = (objects: readonly Resource[]): string[] => objects.map((object) => object.metadata.name)
  const version = (name: string): string | undefined =>
    cache.get(Task, { namespace: 'default', name })?.metadata.resourceVersion
  return { cache, tasks, changes, names, version }
}

describe('ObjectCache', () => {
  it('compares versions as numbers', () => {
    const { tasks, version } = aCache()
    tasks.put(task('a', 9))
    tasks.put(task('a', 10))
    tasks.put(task('a', 9))
    expect(version('a')).toBe('10')
  })

  it('a write is seen at once and its late event changes nothing', () => {
    const { cache, tasks, changes, version } = aCache()
    tasks.put(task('a', 5))
    cache.learn(Task, task('a', 8))
    tasks.put(task('a', 7))
    tasks.put(task('a', 8))
    expect(version('a')).toBe('8')
    expect(changes).toEqual(['- -> 5', '5 -> 8'])
  })

  it('a deletion learned from a write is not undone by an older event', () => {
    const { cache, tasks, version } = aCache()
    tasks.put(task('a', 5))
    cache.learn(Task, task('a', 8, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }))
    expect(version('a')).toBeUndefined()
    tasks.put(task('a', 6))
    expect(version('a')).toBeUndefined()
    tasks.put(task('a', 11))
    expect(version('a')).toBe('11')
  })

  it('an answer that the end of its object overtook does not bring it back', () => {
    const { cache, tasks, changes, version } = aCache()
    tasks.put(task('a', 5))
    tasks.put(task('a', 7))
    tasks.remove(task('a', 8))
    cache.learn(Task, task('a', 7))
    expect(version('a')).toBeUndefined()
    tasks.progress('20')
    cache.learn(Task, task('a', 7))
    expect(version('a')).toBeUndefined()
    cache.learn(Task, task('a', 21))
    expect(version('a')).toBe('21')
    expect(changes).toEqual(['- -> 5', '5 -> 7', '7 -> -', '- -> 21'])
  })

  it('nor does a list that is older than the answer hide what was made since', () => {
    const { cache, tasks, version } = aCache()
    tasks.replace([], '4')
    cache.learn(Task, task('a', 5))
    expect(version('a')).toBe('5')
  })

  it('an object that still has finalizers is kept', () => {
    const { cache, tasks, version } = aCache()
    tasks.put(task('a', 5))
    cache.learn(Task, task('a', 8, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] } }))
    expect(version('a')).toBe('8')
  })

  it('a forgotten object does not come back by an event of the version that was forgotten', () => {
    const { cache, tasks, version } = aCache()
    tasks.put(task('a', 5))
    cache.learn(Task, task('a', 7))
    cache.forget(Task, task('a', 5))
    tasks.put(task('a', 6))
    tasks.put(task('a', 7))
    expect(version('a')).toBeUndefined()
  })

  it('a list removes what it lacks, but not what was written after it', () => {
    const { cache, tasks, names } = aCache()
    tasks.put(task('a', 3))
    tasks.put(task('b', 4))
    cache.learn(Task, task('c', 9))
    tasks.replace([task('a', 3)], '6')
    expect(names(cache.list(Task))).toEqual(['a', 'c'])
  })

  it('a list from a history that was replaced wins over what is cached', () => {
    const { cache, tasks, names } = aCache()
    tasks.replace([task('a', 900), task('b', 900)], '1000')
    tasks.replace([task('a', 5)], '7')
    expect(names(cache.list(Task))).toEqual(['a'])
    expect(cache.get(Task, { namespace: 'default', name: 'a' })?.metadata.resourceVersion).toBe('5')
  })

  it('finds by namespace, owner and declared index, in order of key, as objects change', () => {
    const { cache, tasks, names } = aCache()
    const web = aService()
    tasks.put(task('b', 2, { owner: web, spec: { taskDefinition: 'web.1', containerInstance: 'one' } }))
    tasks.put(task('a', 3, { owner: web }))
    tasks.put(task('c', 4, { namespace: 'prod' }))
    expect(names(cache.list(Task))).toEqual(['a', 'b', 'c'])
    expect(names(cache.list(Task, 'prod'))).toEqual(['c'])
    expect(names(cache.owned(Task, web))).toEqual(['a', 'b'])
    expect(names(cache.indexed(Task, 'byInstance', 'one'))).toEqual(['b'])
    tasks.put(task('b', 5, { owner: web, spec: { taskDefinition: 'web.1', containerInstance: 'two' } }))
    expect(names(cache.indexed(Task, 'byInstance', 'one'))).toEqual([])
    expect(names(cache.indexed(Task, 'byInstance', 'two'))).toEqual(['b'])
    tasks.remove(task('b', 6))
    expect(names(cache.owned(Task, web))).toEqual(['a'])
    expect(names(cache.indexed(Task, 'byInstance', 'two'))).toEqual([])
  })

  it('of two selections, an object goes only when it left both', () => {
    const { cache, sources } = aCacheOfTwo()
    const { one, two } = sources
    one.put(task('a', 2, { spec: { taskDefinition: 'web.1', containerInstance: 'one' } }))
    const moved = task('a', 5, { spec: { taskDefinition: 'web.1', containerInstance: 'two' } })
    one.remove(moved)
    expect(cache.list(Task)).toEqual([])
    two.put(moved)
    expect(cache.list(Task)).toHaveLength(1)
    two.remove(task('a', 6))
    expect(cache.list(Task)).toEqual([])
  })

  it('does not keep what no stream selects', () => {
    const { cache } = aCacheOfTwo()
    cache.learn(Task, task('a', 2, { spec: { taskDefinition: 'web.1', containerInstance: 'three' } }))
    expect(cache.list(Task)).toEqual([])
    cache.learn(Task, task('a', 3, { spec: { taskDefinition: 'web.1', containerInstance: 'one' } }))
    expect(cache.list(Task)).toHaveLength(1)
  })

  it('reading what nobody watches or indexes is a bug that shows', () => {
    const { cache } = aCache()
    expect(() => cache.list(Service)).toThrow('no controller watches')
    expect(() => cache.indexed(Task, 'byColour', 'red')).toThrow('no controller declares')
    expect(() => cache.declare(index(Task, 'byInstance', () => []))).toThrow('one name')
  })
})

function aCacheOfTwo() {
  const cache = new ObjectCache({ onChange: () => undefined })
  const select = (instance: string) =>
    cache.source(Task as unknown as Kind, { fieldSelector: `spec.containerInstance=${instance}` })
  return { cache, sources: { one: select('one'), two: select('two') } }
}
