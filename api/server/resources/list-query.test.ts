import { expect, it } from 'vitest'
import { listQuery, watchQuery } from './list-query.ts'

const fault = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return (error as Error).message.replace('ListOptions.meta.k8s.io "" is invalid: ', '')
  }
}

it.each([
  ['limit=2&resourceVersion=5', { limit: 2, resourceVersion: '5' }],
  ['resourceVersion=5&resourceVersionMatch=Exact', { resourceVersion: '5', exact: true }],
  ['resourceVersion=0&resourceVersionMatch=NotOlderThan', { resourceVersion: '0', exact: false }],
  [
    'resourceVersionMatch=Exact',
    'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    'resourceVersion=0&resourceVersionMatch=Exact',
    'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  ['sendInitialEvents=true', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
])('a list with %s', (query, result) => {
  expect(fault(() => listQuery(new URLSearchParams(query)))).toEqual(result)
})

it.each([
  ['timeoutSeconds=3&allowWatchBookmarks=1', { options: { resourceVersion: '' }, bookmarks: true, timeout: 3000 }],
  [
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    { options: { resourceVersion: '', sendInitialEvents: true }, bookmarks: false },
  ],
  [
    'sendInitialEvents=true',
    'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
  ['continue=x', 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided'],
])('a watch with %s', (query, result) => {
  expect(fault(() => watchQuery(new URLSearchParams(query)))).toEqual(result)
})
