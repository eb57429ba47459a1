/** The audit log of a real server: what is in it, and what must never be. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { aRunningServer } from '../../../test/builders/running-server.ts'
import { until } from '../../../test/until.ts'

it('has who did what, refused or not, and no secret', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gantry-audit-'))
  const path = join(directory, 'audit.log')
  const { url, credentials } = await aRunningServer({ audit: { path, maxBytes: 1e6, backups: 1 } })
  const agent = new Agent({ ca: credentials.authority })
  onTestFinished(async () => {
    agent.destroy()
    await rm(directory, { recursive: true })
  })
  const ask = (method: string, at: string, token: string, body = ''): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const sent = request(`${url}${at}`, { method, headers, agent }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode))
      })
      sent.once('error', reject)
      sent.end(body)
    })

  const secrets = '/api/v1/namespaces/default/secrets'
  const password = 'correct horse battery staple'
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password } }
  expect(await ask('POST', secrets, credentials.adminToken, JSON.stringify(secret))).toBe(201)
  expect(await ask('GET', `${secrets}/db?pretty=hidden`, credentials.adminToken)).toBe(200)
  expect(await ask('DELETE', `${secrets}/db`, 'a-wrong-token')).toBe(401)
  expect(await ask('GET', '/livez', credentials.adminToken)).toBe(200)

  const text = await until('all is written', async () => {
    const written = await readFile(path, 'utf8').catch(() => '')
    return written.trim().split('\n').length >= 3 && written
  })
  const object = { version: 'v1', resource: 'secrets', namespace: 'default' }
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    expect.objectContaining({ user: 'gantry:admin', verb: 'create', object, outcome: 'allowed', code: 201 }),
    expect.objectContaining({ user: 'gantry:admin', verb: 'get', object: { ...object, name: 'db' }, code: 200 }),
    expect.objectContaining({ verb: 'delete', path: `${secrets}/db`, outcome: 'denied', code: 401 }),
  ])
  for (const hidden of [
    password,
    Buffer.from(password).toString('base64'),
    credentials.adminToken,
    'a-wrong-token',
    'hidden',
  ])
    expect(text).not.toContain(hidden)
})
