import { expect, it } from 'vitest'
import { aWidget, Widget } from '../../test/builders/widget.ts'
import { selectionOf, selectorOf } from './selectors.ts'

const byLabels = (labelSelector: string) => selectorOf(Widget as never, { labelSelector })
const byFields = (fieldSelector: string) => selectorOf(Widget as never, { fieldSelector })

const widget = (labels: Record<string, string>): Widget =>
  Widget.schema.parse({ apiVersion: 'test.gantry.dev/v1', kind: 'Widget', ...aWidget('w', {}, { labels }) })
const objects = {
  none: widget({}),
  web: widget({ app: 'web', tier: 'front', weight: '3' }),
  api: widget({ app: 'api', tier: '', 'gantry.dev/x': 'y' }),
}

it.each([
  ['', 'none web api'],
  ['  ', 'none web api'],
  ['app', 'web api'],
  ['!app', 'none'],
  ['app=web', 'web'],
  ['app == web', 'web'],
  ['app!=web', 'none api'],
  ['app in (web, api)', 'web api'],
  ['app in (web)', 'web'],
  ['app notin (web)', 'none api'],
  ['tier=', 'api'],
  ['tier in (,front)', 'web api'],
  ['app=web,tier=front', 'web'],
  ['app=web,tier=back', ''],
  ['app in (web,api),tier', 'web api'],
  ['gantry.dev/x=y', 'api'],
  ['weight>2', 'web'],
  ['weight<3', ''],
  ['constructor', ''],
])('labels %j select %j', (text, names) => {
  const selects = byLabels(text)
  const selected = Object.entries(objects).flatMap(([name, object]) => (selects(object) ? [name] : []))
  expect(selected.join(' ')).toBe(names)
})

it.each([
  ['app=web,', "found '', expected: identifier after ','"],
  ['=web', "found '=', expected: !, identifier, or 'end of string'"],
  ['app in web', "unable to parse requirement: found 'web' expected: '('"],
  ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['app in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['app=we b', "found 'b', expected: ',' or 'end of string'"],
  ['app===web', "unable to parse requirement: found '=', expected: identifier"],
  ['!app=web', "found '=', expected: ',' or 'end of string'"],
  ['app in (a!b)', "unable to parse requirement: found '!', expected: ',' or ')'"],
  ['app in (web,!)', "unable to parse requirement: found '!', expected: ',', or identifier"],
  [
    'weight>x',
    `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
  ],
  ['a/b/c', 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must consist of'],
  ['app in (web,-)', 'unable to parse requirement: values[0][app]: Invalid value: "-": a valid label must be'],
])('labels %j cannot be read', (text, message) => {
  expect(() => byLabels(text)).toThrow(message)
})

it.each([
  ['spec.color=blue', true],
  ['spec.color==blue', true],
  ['spec.color!=blue', false],
  ['metadata.name=w,metadata.namespace=default', true],
  ['metadata.name=w,metadata.namespace=other', false],
  ['status.phase=', true],
  ['status.phase!=', false],
  ['', true],
])('fields %j: %j', (text, selected) => {
  expect(byFields(text)(objects.web)).toBe(selected)
})

it('a comma or equals sign in a field value is escaped', () => {
  const odd = { ...objects.web, status: { phase: 'a,b=c' } }
  expect(byFields(String.raw`status.phase=a\,b\=c`)(odd)).toBe(true)
})

it.each([
  ['spec.size=1', 'field label not supported: spec.size'],
  ['color', "invalid selector: 'color'; can't understand 'color'"],
  ['spec.color=a=b', 'invalid field selector: unescaped character in value: 61'],
  [String.raw`spec.color=a\b`, String.raw`invalid field selector: invalid escape sequence: \b`],
  ['spec.color=a\\', 'invalid field selector: invalid escape sequence: \\'],
])('fields %j are refused', (text, message) => {
  expect(() => byFields(text)).toThrow(message)
})

it('joins namespace, labels and fields', () => {
  const selects = (namespace: string): boolean =>
    selectorOf(Widget as never, { namespace, labelSelector: 'app', fieldSelector: 'spec.color=blue' })(objects.web)
  expect([selects('default'), selects(''), selects('other')]).toEqual([true, true, false])
})

it('tells what is surely demanded', () => {
  const { demands, selective } = selectionOf(Widget as never, {
    namespace: 'a',
    fieldSelector: 'spec.color=blue,metadata.name!=w',
  })
  expect(demands.map(({ field, value }) => `${field}=${value}`)).toEqual(['metadata.namespace=a', 'spec.color=blue'])
  expect([selective, selectionOf(Widget as never, { namespace: 'a' }).selective]).toEqual([true, false])
})
