import { describe, expect, it } from 'vitest'
import { Gadget, Widget } from '../../test/builders/widget.ts'
import { type ReadingOptions, readGiven } from './reading.ts'

const raw = (spec: unknown, more: object = {}): Record<string, unknown> => ({
  apiVersion: 'test.gantry.dev/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec,
  ...more,
})
const good = { color: 'blue', size: 1 }

function read(value: unknown, options: Partial<ReadingOptions> = {}, part: 'main' | 'status' = 'main') {
  const warnings: string[] = []
  const given = readGiven(Widget, value, part, { warn: (text) => warnings.push(text), ...options })
  return { given, warnings }
}

describe('what cannot be read is refused at once', () => {
  const head = 'Widget in version "v1" cannot be handled as a Widget: '
  it.each([
    {
      when: 'metadata of a wrong type',
      value: raw(good, { metadata: { name: 5 } }),
      says: `${head}metadata.name: Invalid value: "integer"`,
    },
    {
      when: 'a time that is none',
      value: raw(good, { metadata: { name: 'w', creationTimestamp: 'x' } }),
      says: `${head}parsing time "x" as`,
    },
    {
      when: 'unknown fields',
      value: raw({ ...good, zz: 1, colour: 1 }, { top: 1 }),
      says: `${head}strict decoding error: unknown field "spec.colour": did you mean "color"?, unknown field "spec.zz": allowed: color, size, notes, unknown field "top": allowed`,
    },
  ])('$when', ({ value, says }) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(says) }),
    )
  })

  it('what is said twice comes before what is unknown', () => {
    const options = { repeated: ['duplicate field "spec.size"'] }
    expect(() => read(raw({ ...good, zz: 1 }), options)).toThrow(
      /strict decoding error: duplicate field "spec\.size", unknown field "spec\.zz"/,
    )
    const warned = read(raw({ ...good, zz: 1 }), { ...options, unknown: 'warn' }).warnings
    expect(warned).toEqual(['duplicate field "spec.size"', expect.stringContaining('unknown field "spec.zz"')])
    expect(read(raw({ ...good, zz: 1 }), { ...options, unknown: 'ignore' }).warnings).toEqual([])
  })

  it('a patched object is shown, with sorted members', () => {
    const value = { spec: { zz: 1, size: 1, color: 'blue' }, kind: 'Widget', apiVersion: 'test.gantry.dev/v1' }
    expect(() => read(value, { patched: true })).toThrow(
      expect.objectContaining({
        code: 'Invalid',
        problems: [
          expect.objectContaining({
            path: 'patch',
            message: expect.stringMatching(
              /^Invalid value: "\{\\"apiVersion.*\\"size\\":1,\\"zz\\":1\}\}": strict dec/,
            ),
          }),
        ],
      }),
    )
    expect(() => read({}, { patched: true })).toThrow(/Object 'Kind' is missing in '\{\}'/)
  })
})

describe('rules are looked at when it is judged', () => {
  it('with metadata, under the name that it gets', () => {
    const { given } = read(raw({ color: 'pink' }, { metadata: { labels: { a: 'b c' } } }))
    expect(() => given.judged(undefined, 'made-up')).toThrow(
      expect.objectContaining({
        code: 'Invalid',
        message: expect.stringMatching(
          /^Widget\.test\.gantry\.dev "made-up" is invalid: \[metadata\.labels.*spec\.color/,
        ),
      }),
    )
  })

  it('as what it says it is', () => {
    const { given } = read(raw(good, { kind: 'X', apiVersion: 'v2' }))
    expect(() => given.judged(undefined)).toThrow(/^X "w" is invalid: \[apiVersion: .*"v2": must be test/)
  })

  it('those of the rest too where a value is only not allowed', () => {
    const old = read(raw({ color: 'blue', size: 9 })).given.judged(undefined)
    const { given } = read(raw({ color: 'pink', size: 5 }))
    expect(() => given.judged(old)).toThrow(/spec\.color: Unsupported .*spec\.size: .*must not shrink\]/)
  })

  it('but not beside what has no value, and that is said', () => {
    const { given } = read(raw({ color: 'blue', size: 'x' }))
    expect(() => given.judged(undefined)).toThrow(/spec\.size: .*of type integer: "string", <nil>: .*not checked/)
  })
})

describe('of an object with a status subresource', () => {
  it('a wrong status does not matter to a write of the rest', () => {
    const { given } = read(raw(good, { status: { phase: 5 } }))
    expect(given.judged(undefined).spec).toEqual(good)
  })

  it('all but a wrong status matters not to a write of status', () => {
    const { given } = read(raw('nonsense', { status: { phase: 'Ready' } }), {}, 'status')
    expect(given.judged(undefined).status).toEqual({ phase: 'Ready' })
    const wrong = read(raw(good, { status: { phase: 5 } }), {}, 'status').given
    expect(() => wrong.judged(undefined)).toThrow(
      'status.phase: Invalid value: "integer": phase in body must be of type',
    )
  })

  it('while a status that is none counts always', () => {
    const value = { apiVersion: 'test.gantry.dev/v1', kind: 'Gadget', metadata: { name: 'g' }, status: {} }
    const warn = () => undefined
    expect(() => readGiven(Gadget, value, 'status', { warn })).toThrow('unknown field "status"')
  })
})

it('labels and annotations read null as the empty text', () => {
  const { given } = read(raw(good, { metadata: { name: 'w', labels: { a: null, b: 'c' }, annotations: { d: null } } }))
  expect(given.metadata).toMatchObject({ labels: { a: '', b: 'c' }, annotations: { d: '' } })
})
