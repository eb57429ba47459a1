import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Resource } from '../meta/object.ts'
import { SortedObjects } from './sorted-objects.ts'

const object = (name: string): Resource => ({
  apiVersion: 'v1',
  kind: 'K',
  metadata: { name, uid: '', resourceVersion: '' },
})

it('is in order whatever comes and goes, in whatever part is asked for', () => {
  const key = fc.stringMatching(/^[ab]\/[a-d]{1,2}$/)
  const step = fc.record({ key, do: fc.constantFrom('set', 'delete', 'ask') })
  fc.assert(
    fc.property(fc.array(step), key, (steps, after) => {
      const objects = new SortedObjects()
      const model = new Set<string>()
      const asked = (prefix: string, from?: string) => [...objects.under(prefix, from)].map(([one]) => one)
      const wanted = (prefix: string, from = '') =>
        [...model].filter((one) => one.startsWith(prefix) && one > from).sort()
      for (const one of steps) {
        if (one.do === 'set') {
          model.add(one.key)
          objects.set(one.key, object(one.key))
        }

        if (one.do === 'delete') {
          model.delete(one.key)
          objects.delete(one.key)
        }
        if (one.do === 'ask') expect(asked('a/')).toEqual(wanted('a/'))
      }
      expect(asked('')).toEqual(wanted(''))
      expect(asked('b/', after)).toEqual(wanted('b/', after))
    }),
  )
})
