import { expect, it } from 'vitest'
import { aWidget, Widget } from '../../test/builders/widget.ts'
import { fieldSelector, labelSelector, selectorOf } from './selectors.ts'

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
  const selects = labelSelector(text)
  const selected = Object.entries(objects).flatMap(([name, object]) => (selects(object) ? [name] : []))
  expect(selected.join(' ')).toBe(names)
})

it.each(['app=web,', '=web', 'app in web', 'app in (web', 'a b', 'app=we b', 'app===web', 'app in (a!b)', 'weight>x'])(
  'labels %j cannot be read',
  (text) => {
    expect(() => labelSelector(text)).toThrow(expect.objectContaining({ code: 'BadRequest' }))
  },
)

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
  expect(fieldSelector(Widget as never, text)(objects.web)).toBe(selected)
})

it('a comma or equals sign in a field value is escaped', () => {
  const odd = { ...objects.web, status: { phase: 'a,b=c' } }
  expect(fieldSelector(Widget as never, String.raw`status.phase=a\,b\=c`)(odd)).toBe(true)
})

it.each([
  ['spec.size=1', 'field label not supported: spec.size'],
  ['color', "invalid selector: 'color'; can't understand 'color'"],
])('fields %j are refused', (text, message) => {
  expect(() => fieldSelector(Widget as never, text)).toThrow(message)
})

it('joins namespace, labels and fields', () => {
  const selects = (namespace: string): boolean =>
    selectorOf(Widget as never, { namespace, labelSelector: 'app', fieldSelector: 'spec.color=blue' })(objects.web)
  expect([selects('default'), selects(''), selects('other')]).toEqual([true, true, false])
})
