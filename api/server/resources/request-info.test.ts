import { describe, expect, it } from 'vitest'
import { anonymous } from '../../access/user.ts'
import { requestInfo } from './request-info.ts'

/** `verb group/version resource/part namespace name`, `-` for nothing; or `verb path`. */
function told(method: string, path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://any')
  const info = requestInfo(anonymous, method, pathname, searchParams)
  if (!info.isResourceRequest) return `${info.verb} ${info.path}`
  const { verb, group, version, resource, subresource, namespace, name } = info
  const part = subresource === '' ? '' : `/${subresource}`
  return [verb, `${group}/${version}`, `${resource}${part}`, namespace, name].map((one) => one || '-').join(' ')
}

const tasks = '/apis/gantry.dev/v1/namespaces/prod/tasks'
describe('a request', () => {
  it.each([
    ['GET', '/', 'get /'],
    ['GET', '/api', 'get /api'],
    ['GET', '/api/v1', 'get /api/v1'],
    ['GET', '/apis/gantry.dev/v1', 'get /apis/gantry.dev/v1'],
    ['POST', '/metrics', 'post /metrics'],
    ['GET', '/api/v1/nodes', 'list /v1 nodes - -'],
    ['GET', '/api/v1/namespaces', 'list /v1 namespaces - -'],
    ['GET', '/api/v1/namespaces/prod', 'get /v1 namespaces prod prod'],
    ['PUT', '/api/v1/namespaces/prod/finalize', 'update /v1 namespaces/finalize prod prod'],
    ['PUT', '/api/v1/namespaces/prod/status', 'update /v1 namespaces/status prod prod'],
    ['GET', tasks, 'list gantry.dev/v1 tasks prod -'],
    ['HEAD', `${tasks}/a`, 'get gantry.dev/v1 tasks prod a'],
    ['GET', `${tasks}?watch=1`, 'watch gantry.dev/v1 tasks prod -'],
    ['GET', `${tasks}?watch=false`, 'list gantry.dev/v1 tasks prod -'],
    ['GET', `${tasks}?fieldSelector=metadata.name%3Da`, 'list gantry.dev/v1 tasks prod a'],
    ['GET', `${tasks}?fieldSelector=metadata.name!%3Da`, 'list gantry.dev/v1 tasks prod -'],
    ['GET', `${tasks}?watch=1&fieldSelector=x%3Dy,metadata.name%3D%3Da`, 'watch gantry.dev/v1 tasks prod a'],
    ['POST', tasks, 'create gantry.dev/v1 tasks prod -'],
    ['DELETE', tasks, 'deletecollection gantry.dev/v1 tasks prod -'],
    ['DELETE', `${tasks}/a`, 'delete gantry.dev/v1 tasks prod a'],
    ['PATCH', `${tasks}/a/status`, 'patch gantry.dev/v1 tasks/status prod a'],
    ['GET', `${tasks}/a%2Fb`, 'get gantry.dev/v1 tasks prod a/b'],
    ['FOO', tasks, '- gantry.dev/v1 tasks prod -'],
  ])('%s %s is %s', (method, path, want) => {
    expect(told(method, path)).toBe(want)
  })
})
