import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { type KubeConfigParts, kubeConfigDocument, mergedText, mergeKubeConfig } from './kube-config-merge.ts'

const parts: KubeConfigParts = {
  name: 'gantry',
  server: 'https://127.0.0.1:7443',
  authority: 'UEVN',
  namespace: 'default',
  user: { token: 'new' },
}
const theirs = `# mine, do not touch
apiVersion: v1
kind: Config
preferences: {colors: true}
clusters:
- name: work # the real one
  cluster: {server: https://work}
- name: gantry
  cluster: {server: https://old, insecure-skip-tls-verify: true}
users:
- name: me
  user: {exec: {command: login}}
contexts: []
current-context: work
`

describe('mergedText', () => {
  it('makes a kubeconfig where there is none', () => {
    expect(parse(mergedText('', parts))).toEqual(kubeConfigDocument(parts))
  })

  it('replaces its own entries, and keeps all else, comments too', () => {
    const text = mergedText(theirs, parts)
    expect(text).toContain('# mine, do not touch')
    expect(text).toContain('# the real one')
    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      preferences: { colors: true },
      clusters: [
        { name: 'work', cluster: { server: 'https://work' } },
        { name: 'gantry', cluster: { server: 'https://127.0.0.1:7443', 'certificate-authority-data': 'UEVN' } },
      ],
      users: [
        { name: 'me', user: { exec: { command: 'login' } } },
        { name: 'gantry', user: { token: 'new' } },
      ],
      contexts: [{ name: 'gantry', context: { cluster: 'gantry', user: 'gantry', namespace: 'default' } }],
      'current-context': 'gantry',
    })
    expect(mergedText(text, parts)).toBe(text)
  })

  it.each(['[]', 'a: [', 'text'])('refuses %j', (text) => {
    expect(() => mergedText(text, parts)).toThrow('it is no kubeconfig')
  })
})

it('writes to the first file of $KUBECONFIG, for its owner alone, and says what was current', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-merge-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'deep', 'config')
  const terminal = { env: { KUBECONFIG: `${path}:/nowhere` }, defaultDataDir: join(folder, '.gantry') }
  expect(await mergeKubeConfig({ ...parts, name: 'other' }, terminal)).toEqual({ path, before: undefined })
  expect(await mergeKubeConfig(parts, terminal)).toEqual({ path, before: 'other' })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(parse(await readFile(path, 'utf8')).users).toHaveLength(2)
  const home = { env: {}, defaultDataDir: join(folder, '.gantry') }
  expect((await mergeKubeConfig(parts, home)).path).toBe(join(folder, '.kube', 'config'))
})

it('leaves a link to where somebody keeps it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-merge-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, '.kube'))
  const kept = join(folder, 'kept.yaml')
  const path = join(folder, '.kube', 'config')
  await writeFile(kept, theirs)
  await symlink(kept, path)
  expect(await mergeKubeConfig(parts, { env: {}, defaultDataDir: join(folder, '.gantry') })).toMatchObject({ path })
  expect((await lstat(path)).isSymbolicLink()).toBe(true)
  expect(await readFile(kept, 'utf8')).toContain('# mine, do not touch')
  expect(parse(await readFile(kept, 'utf8'))['current-context']).toBe('gantry')
})
