/** Real agents that join a real server by a token: what they get for it, what that is good for, and what the token is not. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubernetesClient, readKubeConfig } from '../../api/client/kubernetes.ts'
import { certificateConfig } from '../../api/client/pinned-cluster.ts'
import { CertificateSigningRequest, isDecided } from '../../api/v1/certificate-signing-request.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Secret } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { identityFile } from '../../cmd/identity-file.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { readCertificate } from '../../lib/x509/read.ts'
import { until } from '../until.ts'
import { gantry, service } from './cli-gantry.ts'
import { apply, ClusterBed, clientOf, definition, steady } from './cluster-bed.ts'
import type { GantryProcess } from './cluster-process.ts'

let bed: ClusterBed
let server: GantryProcess
let token: string
const run = (...args: readonly string[]) => gantry([...args, '--kubeconfig', server.kubeConfig])
const folderOf = (machine: string): string => join(bed.directory, machine)
const fileOf = (machine: string, name: string): string =>
  join(folderOf(machine), 'agents', `default.${bed.instance(name)}.pem`)
const agentArgs = (machine: string, name: string, by = token): readonly string[] => {
  const where = ['--server', server.url, '--token', by, '--data-dir', folderOf(machine)]
  return ['agent', ...where, '--name', bed.instance(name), '--cpu', '512', '--memory', '256']
}

beforeAll(async () => {
  bed = await ClusterBed.make()
  server = await bed.start(['server', '--data-dir', folderOf('server'), '--listen', '127.0.0.1:0'])
  const made = await run('token', 'create', '--ttl', '10m', '--description', 'rack 1')
  if (made.code !== 0) throw new Error(made.err)
  token = made.out.trim()
})
afterAll(() => bed[Symbol.asyncDispose]())

describe('an agent with a token to join by', () => {
  let first: GantryProcess

  it('gets a certificate of its own, and runs tasks by that', async () => {
    await bed.follow('one')
    first = await bed.start(agentArgs('machine-1', 'one'))
    const { commonName, organizations } = readCertificate(await readFile(fileOf('machine-1', 'one'), 'utf8'))
    expect(commonName).toBe(`system:container-instance:default:${bed.instance('one')}`)
    expect(organizations).toEqual(['system:container-instances'])
    expect((await stat(fileOf('machine-1', 'one'))).mode & 0o777).toBe(0o600)
    await apply(server, `${definition('joined')}---\n${service('joined', 2)}`)
    await steady(clientOf(server), 'joined', 2, bed.signal)
    const { items } = await clientOf(server).list(Task, { namespace: 'default' }, bed.signal)
    for (const { metadata } of items) expect(await run('logs', metadata.name)).toMatchObject({ code: 0, err: '' })
  })

  it('may touch nothing but its own', async () => {
    const identity = await identityFile(fileOf('machine-1', 'one')).load()
    if (identity === undefined) throw new Error('no certificate')
    const { config, show } = certificateConfig(readKubeConfig(server.kubeConfig))
    show(identity)
    const itself = kubernetesClient(config, { clock: systemClock, random: systemRandom, log: silentLogger })
    const own = { namespace: 'default', name: bed.instance('one') }
    expect((await itself.get(ContainerInstance, own, bed.signal)).metadata.name).toBe(own.name)
    for (const namespace of ['default', 'gantry-system'])
      await expect(itself.list(Secret, { namespace }, bed.signal)).rejects.toMatchObject({ code: 'Forbidden' })
    const request = { metadata: { name: 'x' }, spec: { request: '', signerName: '' } }
    await expect(itself.updateStatus(CertificateSigningRequest, request as never, bed.signal)).rejects.toMatchObject({
      code: 'Forbidden',
    })
  })

  it('waits for a name whose agent is heard, and gets it when that is heard no more', async () => {
    const second = bed.start(agentArgs('machine-2', 'one'))
    const client = clientOf(server)
    const waiting = await until('a request waits', async () => {
      const { items } = await client.list(CertificateSigningRequest, {}, bed.signal)
      return items.find((request) => !isDecided(request, 'Approved'))
    })
    expect(waiting.spec.username).toMatch(/^system:bootstrap:[a-z0-9]{6}$/)
    await first.kill('SIGKILL')
    const other = await second
    await other.kill('SIGKILL')
    expect(
      (await client.get(CertificateSigningRequest, { namespace: '', name: waiting.metadata.name }, bed.signal)).status,
    ).toMatchObject({ conditions: [{ type: 'Approved', reason: 'AutoApproved' }], certificate: expect.any(String) })
  })

  it('needs its token no more once it has a certificate; others cannot join by one that was deleted', async () => {
    expect(await run('token', 'list')).toMatchObject({ code: 0, out: expect.stringContaining('rack 1') })
    expect(await run('token', 'delete', token)).toMatchObject({ code: 0 })
    await first.start()
    await first.kill('SIGTERM')
    const refused = await gantry(agentArgs('machine-3', 'three'))
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('make another with `gantry token create`') })
  })
})

describe('gantry kubeconfig', () => {
  it('makes a certificate for a person, who may do what roles say', async () => {
    const made = await run('kubeconfig', '--user', 'jane', '--group', 'dev', '--ttl', '1h', '-o', 'json')
    const [{ user }] = (JSON.parse(made.out) as { users: [{ user: Record<string, string> }] }).users
    const pem = Buffer.from(user['client-certificate-data'] ?? '', 'base64').toString()
    expect(readCertificate(pem)).toMatchObject({ commonName: 'jane', organizations: ['dev'], forClients: true })
  })

  it('never makes a master', async () => {
    const refused = await run('kubeconfig', '--user', 'jane', '--group', 'system:masters')
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('bind the user to a role') })
  })
})
