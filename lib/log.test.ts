/** What must not be in a log is not. */
import { expect, it } from 'vitest'
import { loggedFields } from './log.ts'

const secret = {
  kind: 'Secret',
  metadata: { name: 'a', namespace: 'b', annotations: { last: 'hunter2' } },
  data: { k: 'hunter2' },
}

it.each([
  { where: 'as a field', fields: { object: secret } },
  { where: 'in a list', fields: { objects: [secret, secret] } },
  { where: 'inside something', fields: { event: { old: { object: secret } } } },
])('a Secret $where shows its name only', ({ fields }) => {
  const text = JSON.stringify(loggedFields(fields))
  expect(text).not.toContain('hunter2')
  expect(text).toContain('"name":"a"')
})

it('all else is as it was, errors too', () => {
  const err = new Error('e')
  const fields = { kind: 'Secret', name: 'a', err, count: 3, of: { kind: 'Task', data: 1 } }
  expect(loggedFields(fields)).toEqual(fields)
  expect(loggedFields(fields).err).toBe(err)
})
