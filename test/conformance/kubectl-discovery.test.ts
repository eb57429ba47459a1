/** The real kubectl finds its way: what there is, and what every field of it means. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiVersionOf, groupResource } from '../../api/meta/kind.ts'
import { writeKubeConfig } from '../../api/server/access/kubeconfig.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { openServer, type RunningServer } from '../builders/running-server.ts'
import { kubectlBinary } from '../kubectl-binary.ts'

const run = promisify(execFile)
const directory = mkdtempSync(join(tmpdir(), 'gantry-kubectl-'))
let server: RunningServer
let binary = ''

/** What kubectl prints; a word on its standard error is a failure. */
async function kubectl(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: directory, KUBECONFIG: join(directory, 'config') }
  const { stdout, stderr } = await run(binary, args, { env, maxBuffer: 64 * 1024 * 1024 })
  expect(stderr).toBe('')
  return stdout
}

beforeAll(async () => {
  binary = await kubectlBinary('1.32')
  server = await openServer({ kinds: allKinds })
  const { authority, adminToken: token } = server.credentials
  await writeKubeConfig(join(directory, 'config'), { server: server.url, authority, token })
})

afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

it('api-versions has every group and version', async () => {
  const shown = (await kubectl('api-versions')).trim().split('\n')
  expect(shown).toEqual(expect.arrayContaining([...new Set(allKinds.map(apiVersionOf))]))
})

it('api-resources has every kind, its short names, and which of them are Gantry’s', async () => {
  const rows = (await kubectl('api-resources', '--no-headers')).trim().split('\n')
  for (const kind of allKinds) {
    const scope = String(kind.scope === 'Namespaced')
    const words = [kind.plural, kind.shortNames.join(','), apiVersionOf(kind), scope, kind.kind]
    expect(rows.map((row) => row.split(/ +/).join(' '))).toContain(words.filter((word) => word !== '').join(' '))
  }
  const ours = (await kubectl('api-resources', '--categories=gantry', '-o', 'name')).trim().split('\n')
  const gantry = allKinds.filter(({ categories }) => categories.includes('gantry'))
  expect(ours.sort()).toEqual(gantry.map(groupResource).sort())
})

describe.each(allKinds.map((kind) => ({ title: groupResource(kind), kind })))('explain $title', ({ title, kind }) => {
  // kubectl takes `events.events.k8s.io` for a path into core's events
  const isTwice = kind.group !== '' && allKinds.some((other) => other.group === '' && other.plural === kind.plural)
  const name = isTwice ? kind.plural : title
  const version = isTwice ? [`--api-version=${apiVersionOf(kind)}`] : []

  it('in full', async () => {
    const text = await kubectl('explain', name, '--recursive', ...version)
    expect(text).toContain(`KIND:       ${kind.kind}`)
    expect(text).toContain('    ownerReferences\t<[]OwnerReference>')
    expect(text).not.toContain('<no description>')
  })

  it('and each field of its specification with a description', async () => {
    const text = await kubectl('explain', name, ...version)
    expect(text).toContain(kind.description.split(' ').slice(0, 3).join(' '))
    if (!text.includes('\n  spec\t')) return
    expect(await kubectl('explain', `${name}.spec`, ...version)).not.toContain('<no description>')
  })

  it('by the older document', async () => {
    const text = await kubectl('explain', name, '--output', 'plaintext-openapiv2', ...version)
    expect(text).toContain(`KIND:     ${kind.kind}`)
    expect(text).toContain(`VERSION:  ${apiVersionOf(kind)}`)
  })
})

it('is told where the cluster is, though services are ours', async () => {
  expect(await kubectl('cluster-info')).toMatch(/control plane.*is running at.*https:\/\/127\.0\.0\.1:\d+/)
  expect(await kubectl('get', 'services', '--all-namespaces', '-o', 'name')).toBe('')
})

it('finds the definitions of our kinds, to be read and not written', async () => {
  const name = 'tasks.gantry.dev'
  expect(await kubectl('get', 'crd', name)).toMatch(/^NAME +CREATED AT\ntasks\.gantry\.dev +\d{4}-\d\d-\d\dT[\d:]+Z\n$/)
  expect(await kubectl('get', 'crd', name, '-o', 'jsonpath={.spec.names.kind}')).toBe('Task')
  expect(await kubectl('wait', 'crd', name, '--for=condition=Established')).toContain('condition met')
  await expect(kubectl('delete', 'crd', name, '--wait=false')).rejects.toThrow('does not allow this method')
})

it('applies from the client’s side, for which it reads both documents', async () => {
  const file = join(directory, 'cluster.json')
  const apply = async (stage: string): Promise<string> => {
    const metadata = { name: 'applied', labels: { stage } }
    await writeFile(file, JSON.stringify({ apiVersion: 'gantry.dev/v1', kind: 'Cluster', metadata, spec: {} }))
    return kubectl('apply', '-f', file)
  }
  expect(await apply('one')).toBe('cluster.gantry.dev/applied created\n')
  expect(await apply('two')).toBe('cluster.gantry.dev/applied configured\n')
  expect(await apply('two')).toBe('cluster.gantry.dev/applied unchanged\n')
})
