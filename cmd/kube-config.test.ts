import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findKubeConfig } from './kube-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'gantry-kubeconfig-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, server: string): string => {
  const path = join(folder, name)
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'shop' } }],
    clusters: [{ name: 'k', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}
const flag = write('flag', 'https://flag')
const environment = write('environment', 'https://environment')
write('kubeconfig', 'https://default/')
const broken = join(folder, 'broken')
writeFileSync(broken, 'contexts: [')
const empty = join(folder, 'empty')
writeFileSync(empty, '')

describe('findKubeConfig', () => {
  it.each([
    { flags: { kubeconfig: flag }, env: environment, want: 'https://flag' },
    { flags: { dataDir: folder }, env: environment, want: 'https://default' },
    { flags: {}, env: environment, want: 'https://environment' },
    { flags: {}, env: '', want: 'https://default' },
    { flags: {}, env: undefined, want: 'https://default' },
  ])('$flags with $env', ({ flags, env, want }) => {
    const found = findKubeConfig(flags, { env: { GANTRY_KUBECONFIG: env }, defaultDataDir: folder })
    expect(found).toMatchObject({ server: want, namespace: 'shop', token: 't' })
  })
  it.each([
    { path: '/no/such/file', says: /there is no Gantry server here: \/no\/such\/file does not exist; start one/ },
    { path: broken, says: /broken cannot be read as a kubeconfig/ },
    { path: empty, says: /names no server/ },
  ])('refuses $path', ({ path, says }) => {
    expect(() => findKubeConfig({ kubeconfig: path }, { env: {}, defaultDataDir: folder })).toThrow(says)
  })
})
