import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { instant } from '../lib/time.ts'
import { issue, makeAuthority } from '../lib/x509/issue.ts'
import { identityFile } from './identity-file.ts'

it('keeps a pair for its owner alone, whole or not at all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-identity-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'agents', 'default.one.pem')
  const file = identityFile(path)
  expect(await file.load()).toBeUndefined()
  const now = instant(Date.UTC(2026, 0, 1))
  const authority = await makeAuthority('gantry', now)
  for (const commonName of ['first', 'second']) {
    const identity = await issue(authority, { role: 'client', commonName }, now)
    await file.save(identity)
    expect(await file.load()).toEqual(identity)
  }
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(folder, 'agents'))).toEqual(['default.one.pem'])
  await writeFile(path, 'half')
  expect(await file.load()).toBeUndefined()
})
