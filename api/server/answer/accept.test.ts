import { expect, it } from 'vitest'
import { accepted, encodingForStatus } from './accept.ts'

const table = ';as=Table;v=v1;g=meta.k8s.io'

it.each([
  [undefined, 'object', 'json'],
  ['', 'object', 'json'],
  ['*/*', 'object', 'json'],
  ['application/*', 'object', 'json'],
  ['text/html,application/json;q=0.1', 'object', 'json'],
  ['application/json;q=0.5,application/yaml', 'object', 'yaml'],
  ['application/vnd.kubernetes.protobuf,application/json', 'object', 'json'],
  [`application/json${table},application/json`, 'Table', 'json'],
  ['application/json;as=Table;v=v2;g=meta.k8s.io,application/yaml', 'object', 'yaml'],
  ['application/json;stream=watch', 'object', 'json'],
])('%s is answered by %s in %s', (header, form, encoding) => {
  expect(accepted(header, ['object', 'Table'])).toMatchObject({ form, encoding })
})

it.each([
  'text/html',
  'garbage',
  'application/cbor',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table',
])('%s is not acceptable', (header) => {
  expect(() => accepted(header, ['object', 'Table'])).toThrow('only the following media types are accepted')
})

it.each([
  ['text/html', 'json'],
  ['application/yaml', 'yaml'],
  ['application/vnd.kubernetes.protobuf', 'protobuf'],
  [undefined, 'json'],
])('who accepts %s reads a Status in %s', (header, encoding) => {
  expect(encodingForStatus(header)).toBe(encoding)
})
