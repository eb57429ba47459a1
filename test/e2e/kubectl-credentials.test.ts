/** The real kubectl, in the versions that we test with, makes tokens and decides about certificates. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRequest } from '../../lib/x509/request.ts'
import { kubectlBinary, kubectlVersions } from '../kubectl-binary.ts'
import { until } from '../until.ts'
import { gantry, type Ran } from './cli-gantry.ts'
import { GantryProcess } from './cluster-process.ts'

let folder: string
let server: GantryProcess
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-credentials-'))
  server = new GantryProcess(['server', '--data-dir', join(folder, 'server'), '--listen', '127.0.0.1:0'])
  await server.start()
})
afterAll(async () => {
  await server.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

describe.each(kubectlVersions)('kubectl %s', (version) => {
  let binary: string
  beforeAll(async () => {
    binary = await kubectlBinary(version)
  })
  const suffix = version.replace('.', '-')
  const kubectl = (args: readonly string[], kubeConfig = server.kubeConfig): Promise<Ran> =>
    new Promise((resolve) => {
      const env = { ...process.env, KUBECONFIG: kubeConfig, HOME: folder }
      execFile(binary, [...args], { env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      )
    })
  const whoami = async (kubeConfig: string): Promise<unknown> => {
    const { out } = await kubectl(['auth', 'whoami', '-o', 'json'], kubeConfig)
    return (JSON.parse(out) as { status: { userInfo: unknown } }).status.userInfo
  }

  it('create token: for an account, for as long as asked', async () => {
    const name = `robot-${suffix}`
    expect(await kubectl(['create', 'serviceaccount', name])).toMatchObject({ code: 0, err: '' })
    const made = await kubectl(['create', 'token', name, '--duration', '20m', '-o', 'json'])
    expect(made).toMatchObject({ code: 0, err: '' })
    const { status, spec } = JSON.parse(made.out) as { status: { token: string }; spec: object }
    expect(spec).toMatchObject({ expirationSeconds: 1200 })
    const { out } = await gantry(['kubeconfig', '--kubeconfig', server.kubeConfig])
    const path = join(folder, `${name}.yaml`)
    await writeFile(path, out.replace(/token: .*/, `token: ${status.token}`))
    expect(await whoami(path)).toMatchObject({
      username: `system:serviceaccount:default:${name}`,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    })
    expect(await kubectl(['create', 'token', name, '--duration', '1m'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('may not specify a duration less than 10 minutes'),
    })
  })

  it('certificate approve and deny, get csr', async () => {
    const [yes, no] = [`yes-${suffix}`, `no-${suffix}`]
    for (const name of [yes, no]) {
      const { request } = await makeRequest({ commonName: 'bob', organizations: ['dev'] })
      const spec = {
        request: Buffer.from(request).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        expirationSeconds: 3600,
        usages: ['client auth'],
      }
      const path = join(folder, `${name}.json`)
      const kind = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' }
      await writeFile(path, JSON.stringify({ ...kind, metadata: { name }, spec }))
      expect(await kubectl(['create', '-f', path])).toMatchObject({ code: 0, err: '' })
    }
    const condition = async (name: string): Promise<string | undefined> =>
      (await kubectl(['get', 'csr', name, '--no-headers'])).out.trim().split(/\s+/).at(-1)
    expect(await condition(yes)).toBe('Pending')
    const said = (name: string, what: string) => `certificatesigningrequest.certificates.k8s.io/${name} ${what}\n`
    expect(await kubectl(['certificate', 'approve', yes])).toEqual({ code: 0, err: '', out: said(yes, 'approved') })
    expect(await kubectl(['certificate', 'deny', no])).toEqual({ code: 0, err: '', out: said(no, 'denied') })
    await until('it is signed', async () => (await condition(yes)) === 'Approved,Issued')
    expect(await condition(no)).toBe('Denied')
    expect(await kubectl(['certificate', 'approve', no])).toMatchObject({ code: 1 })
    expect((await kubectl(['get', 'csr', yes])).out.split('\n')[0]?.split(/\s+/)).toEqual([
      'NAME',
      'AGE',
      'SIGNERNAME',
      'REQUESTOR',
      'REQUESTEDDURATION',
      'CONDITION',
    ])
    expect(await kubectl(['describe', 'csr', yes])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Common Name:\s+bob/),
    })
  })

  it('works with a kubeconfig made for a person', async () => {
    const made = await gantry(['kubeconfig', '--user', 'jane', '--group', 'dev', '--kubeconfig', server.kubeConfig])
    const path = join(folder, `jane-${suffix}.yaml`)
    await writeFile(path, made.out)
    expect(await whoami(path)).toMatchObject({ username: 'jane', groups: ['dev', 'system:authenticated'] })
    expect(await kubectl(['get', 'secrets'], path)).toMatchObject({
      code: 1,
      err: expect.stringContaining('User "jane" cannot list resource "secrets"'),
    })
  })
})
