/** What a Kubernetes user types, on Gantry's kinds: one suite for every kubectl and every kind of server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiVersionOf } from '../../api/meta/kind.ts'
import { allKinds } from '../../api/v1/kinds.ts'
import { type KubectlVersion, kubectlVersions } from '../kubectl-binary.ts'
import { until } from '../until.ts'
import { service, taskDefinition } from './cli-gantry.ts'
import { KubectlBed } from './kubectl-bed.ts'

export interface ServerUnderTest {
  readonly kubeConfig: string
  close(): Promise<void>
}

const lines = (text: string): readonly string[] => text.trim().split('\n')
const columns = (text: string): readonly string[] => (lines(text)[0] ?? '').split(/ {2,}/)
const labelled = (text: string, labels: string): string =>
  text.replace('metadata:\n', `metadata:\n  labels: {${labels}}\n`)

/** Runs the suite with each kubectl, on a server of its own. */
export function kubectlVerbs(name: string, open: () => Promise<ServerUnderTest>): void {
  describe.each(kubectlVersions)(`kubectl %s on ${name}`, (version) => {
    let server: ServerUnderTest
    let bed: KubectlBed
    beforeAll(async () => {
      server = await open()
      bed = await KubectlBed.make(version, server.kubeConfig)
      bed.file('web.yaml', labelled(service('web', 0), 'tier: front'))
      bed.file('definition.yaml', taskDefinition('web'))
    })
    afterAll(async () => {
      bed[Symbol.dispose]()
      await server.close()
    })
    suite(version, () => bed)
  })
}

function suite(version: KubectlVersion, of: () => KubectlBed): void {
  const run = (...args: readonly string[]): Promise<string> => of().run(...args)
  const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await run(...args, '-o', 'json')) as T

  it('finds out what there is', async () => {
    expect(await run('api-versions')).toContain('gantry.dev/v1')
    const resources = await run('api-resources', '--api-group=gantry.dev', '-o', 'wide')
    expect(resources).toMatch(/^services +\S+ +gantry\.dev\/v1 +true +Service .*gantry/m)
    expect(await run('cluster-info')).toContain('control plane')
    const { serverVersion } = await json<{ serverVersion: { minor: string } }>('version').catch(() => ({
      serverVersion: { minor: '34' }, // kubectl warns of two minors more, as it does of a real server
    }))
    expect(serverVersion.minor).toBe('34')
    expect(JSON.parse(await run('get', '--raw', '/apis/gantry.dev'))).toMatchObject({ kind: 'APIGroup' })
  })

  it('explains every field of every kind', { timeout: 240_000 }, async () => {
    for (const kind of allKinds) {
      const text = await run('explain', kind.plural, `--api-version=${apiVersionOf(kind)}`, '--recursive')
      expect(text).toContain('FIELDS:')
      expect(text).not.toContain('<no description>')
    }
  })

  it('creates namespaces, secrets, config maps, service accounts and roles', async () => {
    expect(await run('create', 'namespace', 'team')).toBe('namespace/team created\n')
    expect(await run('create', 'secret', 'generic', 'word', '--from-literal=a=b', '-n', 'team')).toBe(
      'secret/word created\n',
    )
    expect(await run('create', 'configmap', 'conf', '--from-literal=a=b', '-n', 'team')).toBe(
      'configmap/conf created\n',
    )
    expect(await run('create', 'serviceaccount', 'robot', '-n', 'team')).toBe('serviceaccount/robot created\n')
    await run('create', 'role', 'reader', '--verb=get,list,watch', '--resource=services.gantry.dev', '-n', 'team')
    await run('create', 'rolebinding', 'reads', '--role=reader', '--serviceaccount=team:robot', '-n', 'team')
    expect(await run('describe', 'secret', 'word', '-n', 'team')).toMatch(/a: +1 bytes/)
    expect(await run('describe', 'configmap', 'conf', '-n', 'team')).toContain('a:\n----\nb')
    expect(await run('get', 'secret', 'word', '-n', 'team')).toMatch(/^word +Opaque +1 /m)
    expect(await run('describe', 'namespace', 'team')).toMatch(/^Status: +Active$/m)
  })

  it('says who one is and what one may do', async () => {
    expect(await run('auth', 'whoami')).toContain('system:masters')
    expect(await run('auth', 'can-i', 'delete', 'services.gantry.dev')).toBe('yes\n')
    const robot = '--as=system:serviceaccount:team:robot'
    expect(await run('auth', 'can-i', 'get', 'services.gantry.dev', '-n', 'team', robot)).toBe('yes\n')
    const no = await of().try(['auth', 'can-i', 'delete', 'services.gantry.dev', '-n', 'team', robot])
    expect(no).toMatchObject({ out: 'no\n', code: 1 })
    const refused = await of().try(['delete', 'services.gantry.dev', 'web', '-n', 'team', robot])
    expect(refused.err).toContain('is forbidden: User "system:serviceaccount:team:robot" cannot')
    const token = (await run('create', 'token', 'robot', '-n', 'team')).trim()
    expect(await run('auth', 'whoami', `--token=${token}`, '-o', 'jsonpath={.status.userInfo.username}')).toMatch(
      /system:(masters|serviceaccount:team:robot)|gantry:admin/,
    )
  })

  it('applies from the client: created, unchanged, configured, taken back', async () => {
    expect(await run('apply', '-f', 'definition.yaml')).toBe('taskdefinition.gantry.dev/web created\n')
    // kubectl compares lists of custom resources whole, so that defaults in them look like a change; nothing is written
    const version = ['get', 'taskdefinition', 'web', '-o', 'jsonpath={.metadata.generation}'] as const
    const before = await run(...version)
    await run('apply', '-f', 'definition.yaml')
    expect(await run(...version)).toBe(before)
    await until('the first revision is there', async () => {
      const { out } = await of().try(['get', 'taskdefinitionrevisions', '-o', 'name'])
      return out.includes('web.1')
    })
    expect(await run('apply', '-f', 'web.yaml')).toBe('service.gantry.dev/web created\n')
    expect(await run('apply', '-f', 'web.yaml')).toBe('service.gantry.dev/web unchanged\n')
    const more = labelled(service('web', 0), 'tier: front, more: yes-please')
    expect(await of().runWith({ stdin: more }, 'apply', '-f', '-')).toBe('service.gantry.dev/web configured\n')
    expect(await run('apply', '-f', 'web.yaml')).toBe('service.gantry.dev/web configured\n')
    expect(await run('get', 'service', 'web', '-o', 'jsonpath={.metadata.labels}')).toBe('{"tier":"front"}')
  })

  it('shows it in every format', async () => {
    expect(columns(await run('get', 'services'))).toEqual(
      expect.arrayContaining(['NAME', 'DESIRED', 'RUNNING', 'PENDING', 'AGE']),
    )
    expect(columns(await run('get', 'services', '-o', 'wide')).length).toBeGreaterThan(
      columns(await run('get', 'services')).length,
    )
    expect(await run('get', 'services', '-o', 'name')).toBe('service.gantry.dev/web\n')
    expect(await run('get', 'services', 'web', '-o', 'yaml')).toMatch(/^ {2}desiredCount: 0$/m)
    expect(await json<{ kind: string }>('get', 'services')).toMatchObject({ kind: 'List' })
    expect(await run('get', 'services', '-o', 'custom-columns=N:.metadata.name,D:.spec.desiredCount')).toMatch(
      /^web +0$/m,
    )
    expect(await run('get', 'services', '-o', 'jsonpath={.items[*].metadata.name}')).toBe('web')
    expect(await run('get', 'services', 'web', '-o', 'go-template={{.spec.taskDefinition}}')).toBe('web')
    expect(await run('get', 'services', '--no-headers')).toMatch(/^web /)
    expect(await run('get', 'services', '--show-labels')).toContain('tier=front')
    expect(await run('get', 'services', '-A')).toMatch(/^default +web /m)
    expect(await run('get', 'services', '-l', 'tier in (front),tier!=back', '-o', 'name')).toBe(
      'service.gantry.dev/web\n',
    )
    expect(await run('get', 'services', '--field-selector', 'metadata.name=web', '-o', 'name')).toBe(
      'service.gantry.dev/web\n',
    )
    expect(await run('get', 'gantry', '-o', 'name')).toContain('taskdefinition.gantry.dev/web\n')
    const sorted = await run('get', 'clusterroles', '--sort-by=.metadata.name', '-o', 'name', '--chunk-size=2')
    expect(lines(sorted)).toEqual([...lines(sorted)].sort())
    expect(lines(sorted).length).toBeGreaterThan(4)
    expect(await run('describe', 'services', 'web')).toMatch(/^Kind: +Service$/m)
    expect(await run('get', '--raw', '/livez')).toBe('ok')
    const unknown = await of().try(['get', 'services', 'nope'])
    expect(unknown).toMatchObject({
      err: 'Error from server (NotFound): services.gantry.dev "nope" not found\n',
      code: 1,
    })
  })

  it('watches', async () => {
    const watch = of().start(['get', 'services', '-w', '-o', 'jsonpath={.metadata.name}={.spec.desiredCount} '])
    await until('the watch shows what is there', () => watch.texts.out.includes('web=0'))
    await run('patch', 'services', 'web', '--type=merge', '-p', '{"spec":{"desiredCount":1}}')
    await until('the watch shows the change', () => watch.texts.out.includes('web=1'))
    watch.interrupt()
    await watch.ended
    await run('scale', 'services', 'web', '--replicas=0')
    expect(await run('get', 'services', 'web', '-o', 'jsonpath={.spec.desiredCount}')).toBe('0')
    expect((await of().try(['scale', 'services', 'web', '--current-replicas=7', '--replicas=1'])).err).toContain(
      'Expected replicas',
    )
  })

  it('compares, edits, replaces, patches, labels, annotates', async () => {
    const diff = await of().try(['diff', '-f', '-'], { stdin: labelled(service('web', 3), 'tier: front') })
    expect(diff).toMatchObject({ code: 1, err: '' })
    expect(diff.out).toMatch(/^\+ {2}desiredCount: 3$/m)
    const editor = { env: { EDITOR: 'sed -i s/front/back/' } }
    expect(await of().runWith(editor, 'edit', 'services', 'web')).toBe('service.gantry.dev/web edited\n')
    expect(
      await run(
        'patch',
        'services',
        'web',
        '--type=json',
        '-p',
        '[{"op":"replace","path":"/metadata/labels/tier","value":"front"}]',
      ),
    ).toBe('service.gantry.dev/web patched\n')
    expect(await run('patch', 'ns', 'team', '-p', '{"metadata":{"labels":{"a":"b"}}}')).toBe('namespace/team patched\n')
    const strategic = await of().try(['patch', 'services', 'web', '-p', '{}'])
    expect(strategic.err).toContain('application/strategic-merge-patch+json is not supported by gantry.dev/v1')
    expect(await run('label', 'services', 'web', 'a=b')).toBe('service.gantry.dev/web labeled\n')
    expect(await run('label', 'services', 'web', 'a-')).toBe('service.gantry.dev/web unlabeled\n')
    expect(await run('annotate', 'services', 'web', 'a=b')).toBe('service.gantry.dev/web annotated\n')
    const live = await run('get', 'services', 'web', '-o', 'yaml')
    const replaced = live.replace('desiredCount: 0', 'desiredCount: 1')
    expect(await of().runWith({ stdin: replaced }, 'replace', '-f', '-')).toBe('service.gantry.dev/web replaced\n')
    const stale = await of().try(['replace', '-f', '-'], { stdin: live })
    expect(stale.err).toContain('the object has been modified')
    await run('scale', 'services', 'web', '--replicas=0')
    const invalid = await of().try(['patch', 'services', 'web', '--type=merge', '-p', '{"spec":{"desiredCount":-1}}'])
    expect(invalid.err).toContain('spec.desiredCount')
  })

  it('applies on the server: conflicts name the other manager, and can be forced', async () => {
    const text = service('ours', 0)
    const apply = ['apply', '--server-side', '-f', '-'] as const
    expect(await of().runWith({ stdin: text }, ...apply)).toBe('service.gantry.dev/ours serverside-applied\n')
    const other = { stdin: service('ours', 0).replace('taskDefinition: ours', 'taskDefinition: web') }
    const conflict = await of().try([...apply, '--field-manager=other'], other)
    expect(conflict.code).toBe(1)
    expect(conflict.err).toContain('conflict with "kubectl": .spec.taskDefinition')
    await of().runWith(other, ...apply, '--field-manager=other', '--force-conflicts')
    expect(await run('get', 'services', 'ours', '--show-managed-fields', '-o', 'yaml')).toContain('manager: other')
    expect(await run('delete', 'services', 'ours')).toContain('"ours" deleted')
  })

  it('applies a kustomization, and prunes', async () => {
    of().file('kustomization.yaml', 'resources: [conf.yaml]\nnamePrefix: k-\n')
    of().file('conf.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, labels: {set: k}}\ndata: {a: b}\n')
    expect(await run('apply', '-k', '.')).toBe('configmap/k-one created\n')
    const two = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two, labels: {set: k}}\n'
    const prune = ['apply', '-f', '-', '--prune', '-l', 'set=k', '--prune-allowlist=core/v1/ConfigMap']
    expect(await of().runWith({ stdin: two }, ...prune)).toBe('configmap/two created\nconfigmap/k-one pruned\n')
    const set = { env: { KUBECTL_APPLYSET: 'true' }, stdin: two }
    await of().runWith(set, 'apply', '-f', '-', '--prune', '--applyset=kset', '-n', 'default')
    expect(await run('delete', 'configmap', 'two')).toContain('"two" deleted')
  })

  it('waits', async () => {
    await run('wait', 'ns/team', '--for=jsonpath={.status.phase}=Active', '--timeout=10s')
    await run('wait', 'services/web', '--for=condition=Ready', '--timeout=60s')
    const never = await of().try(['wait', 'services/web', '--for=condition=Nope', '--timeout=1s'])
    expect(never).toMatchObject({ code: 1 })
    const gone = of().start(['wait', 'configmap/soon', '--for=delete', '--timeout=30s'])
    expect(await gone.ended).toMatchObject({ code: 0, err: '' })
  })

  it('deletes: in the background, before its dependents, without them, all, and not what is held', async () => {
    const made = async (name: string): Promise<void> => {
      await of().runWith({ stdin: service(name, 0, 'web') }, 'create', '-f', '-')
      await until('it has a revision', async () => (await revisionsOf(name)).length > 0)
    }
    const revisionsOf = async (name: string): Promise<readonly string[]> => {
      const { out } = await of().try(['get', 'servicerevisions', '-o', 'name'])
      return lines(out).filter((line) => line.includes(`/${name}-`))
    }
    await made('back')
    expect(await run('delete', 'services', 'back')).toContain('"back" deleted')
    await until('its revision went', async () => (await revisionsOf('back')).length === 0)
    await made('fore')
    expect(await run('delete', 'services', 'fore', '--cascade=foreground')).toContain('"fore" deleted')
    expect(await revisionsOf('fore')).toEqual([])
    await made('orphan')
    expect(await run('delete', 'services', 'orphan', '--cascade=orphan')).toContain('"orphan" deleted')
    expect(await revisionsOf('orphan')).not.toEqual([])
    await run('create', 'configmap', 'held', '-n', 'team')
    await run('patch', 'configmap', 'held', '-n', 'team', '--type=merge', '-p', '{"metadata":{"finalizers":["a.b/c"]}}')
    const held = await of().try(['delete', 'configmap', 'held', '-n', 'team', '--timeout=1s'])
    expect(held.code).toBe(1)
    expect(held.err).toContain('timed out waiting for the condition on configmaps/held')
    await run('patch', 'configmap', 'held', '-n', 'team', '--type=merge', '-p', '{"metadata":{"finalizers":null}}')
    expect(await run('delete', 'configmaps', '--all', '-n', 'team')).toContain('"conf" deleted')
    expect(await run('delete', 'services', 'web', '--wait=false')).toContain('"web" deleted')
    expect(await run('delete', 'services', 'web', '--ignore-not-found')).not.toContain('error')
  })

  it('shows events', async () => {
    const { out } = await of().try(['events', '-A'])
    expect(out).toMatch(/LAST SEEN/)
    expect(await run('get', 'events', '-A', '--field-selector', 'type=Normal')).toMatch(/REASON/)
  })

  it('empties a namespace that goes', { timeout: 120_000 }, async () => {
    expect(await run('delete', 'namespace', 'team')).toContain('"team" deleted')
    expect((await of().try(['get', 'ns', 'team'])).err).toContain('namespaces "team" not found')
    expect(version).toMatch(/^1\./)
  })
}
