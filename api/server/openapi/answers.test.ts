import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { instant } from '../../../lib/time.ts'
import type { Kind } from '../../meta/kind.ts'
import { allKinds } from '../../v1/kinds.ts'
import { servedResources } from '../discovery/served.ts'
import { openApiAnswers } from './answers.ts'

const answers = openApiAnswers(servedResources(allKinds as readonly Kind[], [], []), instant(0))
const ask = (path: string, headers: Record<string, string> = {}) =>
  answers(path.split('?', 1)[0] as string, new Request(`https://localhost${path}`, { headers }))
const etagOf = (response: Response): string => response.headers.get('etag') as string

const own = '/openapi/v3/apis/gantry.dev/v1'
const urlOf = async (path: string): Promise<string> => {
  const { paths } = (await (await ask('/openapi/v3')).json()) as {
    paths: Record<string, { serverRelativeURL: string }>
  }
  return paths[path]?.serverRelativeURL as string
}
const second = 'application/com.github.proto-openapi.spec.v2'
const third = 'application/com.github.proto-openapi.spec.v3'

describe('the index', () => {
  it('leads to each document, which may be kept for ever under its hash', async () => {
    const { paths } = (await (await ask('/openapi/v3')).json()) as {
      paths: Record<string, { serverRelativeURL: string }>
    }
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['api/v1', 'apis/gantry.dev/v1', 'version']))
    for (const { serverRelativeURL } of Object.values(paths)) {
      const response = await ask(serverRelativeURL)
      expect(response.headers.get('cache-control')).toBe('public, immutable')
      expect(await response.json()).toMatchObject({ openapi: '3.0.0' })
    }
  })

  it('is passed by: another hash leads to the right one, none is answered for now only', async () => {
    const moved = await ask(`${own}?hash=OLD`)
    expect(moved.status).toBe(301)
    expect(moved.headers.get('location')).toBe(await urlOf('apis/gantry.dev/v1'))
    expect((await ask(own)).headers.get('cache-control')).toBeNull()
  })
})

describe('a document', () => {
  it.each([own, '/openapi/v2'])('%s is not sent again to who has it', async (path) => {
    const etag = etagOf(await ask(path))
    const again = await ask(path, { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await ask(path, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  it.each([
    ['*/*', 'application/json'],
    ['application/json, */*', 'application/json'],
    [`${second}@v1.0+protobuf`, `${second}.v1.0+protobuf`],
    [`${second}.v1.0+protobuf;q=0.5,application/json`, `${second}.v1.0+protobuf`],
    [`${third}@v1.0+protobuf`, undefined],
    ['text/html', undefined],
  ])('of the second version for %s', async (accept, type) => {
    const response = await ask('/openapi/v2', { accept })
    expect(response.status).toBe(type === undefined ? 406 : 200)
    if (type !== undefined) expect(response.headers.get('content-type')).toBe(type)
  })

  it('is packed for who can unpack it', async () => {
    const whole = await (await ask('/openapi/v2')).text()
    for (const _ of [1, 2]) {
      const response = await ask('/openapi/v2', { 'accept-encoding': 'deflate, gzip' })
      expect(response.headers.get('content-encoding')).toBe('gzip')
      expect(gunzipSync(await response.arrayBuffer()).toString()).toBe(whole)
    }
  })

  it.each(['/openapi/v3/apis/nope', '/openapi/v1', '/openapi'])('%s is none', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })
})

describe('protobuf', () => {
  /** The few messages that lead to a kind's definition, by gnostic's numbers. */
  const { root } = protobuf.parse(`syntax = "proto3";
    message Second { string swagger = 1; Map definitions = 9; }
    message Third { string openapi = 1; Components components = 5; }
    message Components { Choices schemas = 1; }
    message Map { repeated Named named = 1; }
    message Named { string name = 1; Schema2 value = 2; }
    message Choices { repeated NamedChoice named = 1; }
    message NamedChoice { string name = 1; Choice value = 2; }
    message Choice { Schema3 schema = 1; }
    message Schema2 { string description = 4; Map properties = 25; repeated Extension extension = 31; }
    message Schema3 { string description = 34; repeated Extension extension = 36; }
    message Extension { string name = 1; Any value = 2; }
    message Any { string yaml = 2; }`)
  interface Found {
    readonly name: string
    readonly value: Record<string, unknown>
  }
  const bytesOf = async (path: string, accept: string) =>
    new Uint8Array(await (await ask(path, { accept })).arrayBuffer())
  const taskOf = (named: readonly Found[]): Record<string, unknown> =>
    named.find(({ name }) => name === 'dev.gantry.v1.Task')?.value ?? {}
  const identity = {
    name: 'x-kubernetes-group-version-kind',
    value: { yaml: '[{"group":"gantry.dev","kind":"Task","version":"v1"}]\n' },
  }

  it('says the same in the second version', async () => {
    const bytes = await bytesOf('/openapi/v2', `${second}@v1.0+protobuf`)
    const { swagger, definitions } = root.lookupType('Second').decode(bytes).toJSON()
    const task = taskOf(definitions.named)
    expect(swagger).toBe('2.0')
    expect(task.extension).toContainEqual(identity)
    const members = (task.properties as { named: Found[] }).named.map(({ name }) => name)
    expect(members.sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status'])
  })

  it('says the same in the third version', async () => {
    const bytes = await bytesOf(own, `${third}@v1.0+protobuf`)
    const { openapi, components } = root.lookupType('Third').decode(bytes).toJSON()
    expect(openapi).toBe('3.0.0')
    expect((taskOf(components.schemas.named).schema as { extension: unknown }).extension).toContainEqual(identity)
  })
})
