import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { clusterConfig } from './cluster-config.ts'

const directory = mkdtempSync(join(tmpdir(), 'gantry-config-'))
const kubeconfig = join(directory, 'kubeconfig')
const entry = (name: string): string => `- {name: ${name}, cluster: {server: "https://${name}:6443"}}`
const context = (name: string): string => `- {name: to-${name}, context: {cluster: ${name}, user: u}}`
const text = `apiVersion: v1
kind: Config
clusters:
${entry('a')}
${entry('b')}
contexts:
${context('a')}
${context('b')}
users: [{name: u, user: {token: t}}]
current-context: to-a
`
beforeAll(() => writeFileSync(kubeconfig, text))
afterAll(() => rmSync(directory, { recursive: true }))

it('takes the current context, or the one that is named', () => {
  expect(clusterConfig({ kubeconfig }).server).toBe('https://a:6443')
  expect(clusterConfig({ kubeconfig, context: 'to-b' }).server).toBe('https://b:6443')
})

it.each([
  { when: 'the context is unknown', given: { kubeconfig, context: 'c' }, says: 'no context "c"' },
  { when: 'the file is not there', given: { kubeconfig: `${kubeconfig}-not` }, says: 'cannot be read as a kubeconfig' },
  { when: 'nothing is given outside of a pod', given: {}, says: 'say with --kubeconfig' },
])('says what is wrong when $when', ({ given, says }) => {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
  expect(() => clusterConfig(given)).toThrow(says)
  vi.unstubAllEnvs()
})
