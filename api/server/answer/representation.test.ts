import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { json } from './answer.ts'
import { represented } from './representation.ts'

const large = { text: 'x'.repeat(limits.compressFrom) }
const noQuery = new URLSearchParams()
const asking = (headers: Record<string, string>, method = 'GET'): Request =>
  new Request('https://server/apis', { method, headers })

it.each([
  { when: 'a large answer to who wants it', headers: { 'accept-encoding': 'gzip, br' }, value: large, zipped: true },
  { when: 'a small one', headers: { 'accept-encoding': 'gzip' }, value: { text: 'x' }, zipped: false },
  { when: 'one to who did not say so', headers: {}, value: large, zipped: false },
  { when: 'one to a write', headers: { 'accept-encoding': 'gzip' }, method: 'POST', value: large, zipped: false },
])('compresses or not: $when', async ({ headers, value, zipped, method }) => {
  const response = await represented(asking(headers as Record<string, string>, method), noQuery, json(value))
  expect(response.headers.get('content-encoding')).toBe(zipped ? 'gzip' : null)
  expect(response.headers.get('vary')).toBe(zipped ? 'Accept-Encoding' : null)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(JSON.parse((zipped ? gunzipSync(bytes) : bytes).toString())).toEqual(value)
})

it('compresses what it wrote in another encoding', async () => {
  const headers = { accept: 'application/yaml', 'accept-encoding': 'gzip' }
  const response = await represented(asking(headers), noQuery, json(large))
  expect(response.headers.get('content-type')).toBe('application/yaml')
  expect(gunzipSync(Buffer.from(await response.arrayBuffer())).toString()).toBe(`text: ${large.text}\n`)
})
