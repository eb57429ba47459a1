import { describe, expect, it } from 'vitest'
import { allKinds } from '../../v1/kinds.ts'
import { reviewKinds } from '../../v1/reviews.ts'
import { targetOf } from './target.ts'

const kinds = [...allKinds, ...reviewKinds]

describe('what a path is about', () => {
  it.each([
    ['/api/v1/namespaces/a/secrets', { namespace: 'a' }],
    ['/api/v1/namespaces/a/secrets/s', { namespace: 'a', name: 's' }],
    ['/api/v1/secrets', { namespace: '' }],
    ['/api/v1/namespaces/a', { namespace: '', name: 'a' }],
    ['/api/v1/namespaces/a/status', { namespace: '', name: 'a', subresource: 'status' }],
    ['/apis/gantry.dev/v1/namespaces/a/services/s/scale', { namespace: 'a', name: 's', subresource: 'scale' }],
    ['/api/v1/watch/namespaces/a/secrets', { namespace: 'a', watch: true }],
    ['/api/v1/watch/namespaces/a/secrets/s', { namespace: 'a', name: 's', watch: true }],
  ])('%s', (path, want) => {
    const { kind: _, ...target } = targetOf(kinds, path, 'GET') ?? {}
    expect(target).toEqual(want)
  })

  it.each([
    '/api/v1/secrets/s', // a namespaced object without namespace
    '/apis/gantry.dev/v1/namespaces/a/clusters/c', // one without namespaces in one
    '/apis/gantry.dev/v1/namespaces/a/services/s/log/more',
    '/api/v1/namespaces/a/secrets/%zz',
    '/api/v1/watch/namespaces/a/serviceaccounts/s/token',
    '/apis/gantry.dev/v1/watch/namespaces/a/tasks/t/log',
  ])('nothing: %s', (path) => {
    expect(targetOf(kinds, path, 'GET')).toBeUndefined()
  })
})

// who asks so is only asked whether they may watch
describe.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s by the path of a watch is refused', (method) => {
  it.each([
    '/api/v1/watch/namespaces/a/secrets',
    '/api/v1/watch/namespaces/a/secrets/s',
    '/apis/gantry.dev/v1/watch/clusters/c',
    '/apis/authentication.k8s.io/v1/watch/tokenreviews',
  ])('%s', (path) => {
    expect(() => targetOf(kinds, path, method)).toThrow(expect.objectContaining({ code: 'MethodNotAllowed' }))
  })
})
