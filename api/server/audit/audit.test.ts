import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../lib/clock.ts'
import { silentLogger } from '../../../lib/log.ts'
import { instant } from '../../../lib/time.ts'
import { until } from '../../../test/until.ts'
import { pathAttributes, resourceAttributes } from '../../access/attributes.ts'
import { administrator, anonymous } from '../../access/user.ts'
import { limits } from '../limits.ts'
import { type Audited, auditLine } from './audit.ts'
import { auditFile } from './audit-file.ts'

const widget = { group: 'test.gantry.dev', version: 'v1', resource: 'widgets', namespace: 'default' }
const audited = (more: Partial<Audited> = {}): Audited => ({
  method: 'POST',
  path: '/apis/test.gantry.dev/v1/namespaces/default/widgets',
  source: '127.0.0.1',
  agent: 'kubectl/v1',
  user: administrator,
  wanted: resourceAttributes(administrator, { verb: 'create', ...widget }),
  ...more,
})
const line = (what: Audited, code: number): unknown => {
  const text = auditLine(what, code, instant(0), instant(7))
  return text === undefined ? undefined : JSON.parse(text)
}

describe('the line about a request', () => {
  it('says who, what, how it ended and how long it took', () => {
    expect(line(audited(), 201)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      user: 'gantry:admin',
      groups: administrator.groups,
      verb: 'create',
      path: '/apis/test.gantry.dev/v1/namespaces/default/widgets',
      object: widget,
      outcome: 'allowed',
      code: 201,
      latencyMs: 7,
      source: '127.0.0.1',
      agent: 'kubectl/v1',
    })
  })

  it.each([
    [200, 'allowed'],
    [401, 'denied'],
    [403, 'denied'],
    [409, 'refused'],
    [503, 'failed'],
  ])('%i is %s', (code, outcome) => {
    expect(line(audited(), code)).toMatchObject({ outcome })
  })

  it('names who acts as somebody else, and whom', () => {
    const other = { name: 'jane', groups: [] }
    const wanted = resourceAttributes(other, { verb: 'get', ...widget, name: 'a' })
    expect(line(audited({ wanted }), 200)).toMatchObject({ user: 'gantry:admin', impersonated: 'jane' })
  })

  it.each([
    ['a probe', { path: '/livez', wanted: pathAttributes(anonymous, 'get', '/livez') }, 200, false],
    ['a probe that failed', { path: '/readyz', wanted: pathAttributes(anonymous, 'get', '/readyz') }, 500, true],
    ['a heartbeat', { wanted: resourceAttributes(administrator, { verb: 'update', resource: 'leases' }) }, 200, false],
    [
      'a heartbeat that was refused',
      { wanted: resourceAttributes(administrator, { verb: 'update', resource: 'leases' }) },
      403,
      true,
    ],
  ])('%s', (_, more, code, isThere) => {
    expect(line(audited(more), code) !== undefined).toBe(isThere)
  })
})

async function aFile(given: { maxBytes?: number; backups?: number; name?: string } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'gantry-audit-'))
  const path = join(directory, given.name ?? 'audit.log')
  let lost = 0
  const dropped = (lines: number): void => {
    lost += lines
  }
  const file = auditFile(
    { path, maxBytes: given.maxBytes ?? 1000, backups: given.backups ?? 2 },
    { clock: systemClock, log: silentLogger, dropped },
  )
  const stop = new AbortController()
  const running = file.run(stop.signal)
  const end = async (): Promise<void> => {
    stop.abort(new Error('the test is over'))
    await running
  }
  onTestFinished(async () => {
    await end()
    await rm(directory, { recursive: true })
  })
  return { file, path, directory, end, lost: () => lost }
}

describe('the file', () => {
  it('has every line, those of the last moment too, and is nobody else’s to read', async () => {
    const { file, path, end } = await aFile()
    for (const text of ['a', 'b', 'c']) file.line(text)
    await end()
    expect(await readFile(path, 'utf8')).toBe('a\nb\nc\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('gives way to a new one when it is full; the oldest go', async () => {
    const { file, path, directory, end } = await aFile({ maxBytes: 10, backups: 2 })
    for (let i = 0; i < 5; i++) {
      file.line(`line-${i}`)
      await until('the line is written', async () => (await readFile(path, 'utf8').catch(() => '')) === `line-${i}\n`)
    }
    await end()
    expect((await readdir(directory)).sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2'])
    expect(await readFile(`${path}.2`, 'utf8')).toBe('line-2\n')
  })

  it('is not waited for: what is too much is dropped and counted', async () => {
    const { file, path, end, lost } = await aFile({ maxBytes: 1e9 })
    for (let i = 0; i < limits.auditWaiting + 5; i++) file.line(String(i))
    expect(lost()).toBe(5)
    await end()
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(limits.auditWaiting)
  })

  it('that cannot be written loses lines and says how many', async () => {
    const { file, lost } = await aFile({ name: 'no/such/audit.log' })
    file.line('a')
    await until('it is counted', () => lost() === 1)
  })
})
