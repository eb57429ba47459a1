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

  it('finds out what there is', async () => {
    expect(await run('api-versions')).toContain('gantry.dev/v1')
    const resources = await run('api-resources', '--api-group=gantry.dev', '-o', 'wide')
    expect(resources).toMatch(/^services +\S+ +gantry\.dev\/v1 +true +Service .*gantry/m)
    expect(await run('cluster-info')).toContain('control plane')
    const said = await of().try(['version', '-o', 'json'])
    expect(JSON.parse(said.out)).toMatchObject({ serverVersion: { major: '1', minor: '34' } })
    // of a server two minors away it says so, of any server
    expect(said.err).toMatch(/^$|^WARNING: version difference between client \(1\.\d+\) and server \(1\.34\)/)
    expect(JSON.parse(await run('get', '--raw', '/apis/gantry.dev'))).toMatchObject({ kind: 'APIGroup' })
  })

  it('lists and describes whatever can be listed', async () => {
    const names = lines(await run('api-resources', '--verbs=list', '-o', 'name'))
    expect(names).toEqual(expect.arrayContaining(['services.gantry.dev', 'secrets', 'leases.coordination.k8s.io']))
    expect(await run('get', names.join(','), '-A', '-o', 'name')).toContain('cluster.gantry.dev/default\n')
    for (const name of names) {
      const { err, code } = await of().try(['describe', name, '-A'])
      expect({ name, code, err: err.replace(/^No resources found\n$/, '') }).toEqual({ name, code: 0, err: '' })
    }
  })

  it('explains every field of every kind', { timeout: 240_000 }, async () => {
    for (const kind of allKinds) {
      const text = await run('explain', kind.plural, `--api-version=${apiVersionOf(kind)}`, '--recursive')
      expect(text).toMatch(new RegExp(`^KIND: +${kind.kind}$`, 'm'))
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
    await run('create', 'clusterrole', `lists-${version}`, '--verb=list', '--resource=tasks.gantry.dev')
    const login = ['--docker-server=registry.example', '--docker-username=a', '--docker-password=b'] as const
    await run('create', 'secret', 'docker-registry', 'pulls', ...login, '-n', 'team')
    of().file('app.properties', 'color=red\n')
    await run('create', 'configmap', 'files', '--from-file=app.properties', '-n', 'team')
    await run('create', 'configmap', 'settings', '--from-env-file=app.properties', '-n', 'team')
    expect(await run('get', 'configmap', 'settings', '-n', 'team', '-o', 'jsonpath={.data.color}')).toBe('red')
    expect(await run('create', 'namespace', 'team', '--dry-run=client', '-o', 'name')).toBe('namespace/team\n')
    expect((await of().try(['create', 'namespace', 'team'])).err).toBe(
      'Error from server (AlreadyExists): namespaces "team" already exists\n',
    )
    expect(await run('describe', 'secret', 'word', '-n', 'team')).toMatch(/a: +1 bytes/)
    expect(await run('describe', 'configmap', 'conf', '-n', 'team')).toContain('a:\n----\nb')
    expect(await run('get', 'secret', 'word', '-n', 'team')).toMatch(/^word +Opaque +1 /m)
    expect(await run('describe', 'namespace', 'team')).toMatch(/^Status: +Active\n\nNo resource quota\.\n/m)
  })

  it('says who one is and what one may do', async () => {
    expect(await run('auth', 'whoami')).toContain('system:masters')
    expect(await run('auth', 'can-i', 'delete', 'services.gantry.dev')).toBe('yes\n')
    const robot = '--as=system:serviceaccount:team:robot'
    expect(await run('auth', 'can-i', 'get', 'services.gantry.dev', '-n', 'team', robot)).toBe('yes\n')
    const no = await of().try(['auth', 'can-i', 'delete', 'services.gantry.dev', '-n', 'team', robot])
    expect(no).toMatchObject({ out: 'no\n', code: 1 })
    expect(await run('auth', 'can-i', '--list', '-n', 'team', robot)).toMatch(
      /^services\.gantry\.dev +\[\] +\[\] +\[get list watch\]$/m,
    )
    const refused = await of().try(['delete', 'services.gantry.dev', 'web', '-n', 'team', robot])
    expect(refused.err).toContain('is forbidden: User "system:serviceaccount:team:robot" cannot')
    const token = (await run('create', 'token', 'robot', '-n', 'team')).trim()
    expect(await run('auth', 'whoami', `--token=${token}`, '-o', 'jsonpath={.status.userInfo.username}')).toBe(
      'system:serviceaccount:team:robot',
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

  it("applies Kubernetes' own kinds from the client", async () => {
    const texts = (data: string): string =>
      [
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: own}',
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: own}\ndata: {a: ${data}}`,
        `apiVersion: v1\nkind: Secret\nmetadata: {name: own, namespace: own}\ndata: {a: ${btoa(data)}}`,
        'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: own, namespace: own}',
        `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: own, namespace: own}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [${data}]}]`,
      ].join('\n---\n')
    const outcomes = async (data: string): Promise<readonly string[]> =>
      lines(await of().runWith({ stdin: texts(data) }, 'apply', '-f', '-')).map((line) => line.split(' ')[1] ?? '')
    expect(await outcomes('get')).toEqual(['created', 'created', 'created', 'created', 'created'])
    expect(await outcomes('get')).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged', 'unchanged'])
    expect(await outcomes('list')).toEqual(['unchanged', 'configured', 'configured', 'unchanged', 'configured'])
    const changed = await of().try(['diff', '-f', '-'], { stdin: texts('watch') })
    expect(changed).toMatchObject({ code: 1, err: '' })
    expect(changed.out).toContain('+  a: watch\n')
    expect(changed.out).toContain("+  a: '*** (after)'\n") // of a secret
    await of().runWith({ stdin: texts('get') }, 'apply', '--server-side', '--force-conflicts', '-f', '-')
    expect(await of().runWith({ stdin: texts('get') }, 'delete', '-f', '-')).toContain('namespace "own" deleted')
  })

  it('shows it in every format', async () => {
    of().file('columns.txt', 'NAME          COUNT\nmetadata.name spec.desiredCount\n')
    of().file('path.txt', '{.spec.taskDefinition}')
    of().file('template.txt', '{{.spec.taskDefinition}}')
    const formats: readonly (readonly [format: string, shown: RegExp])[] = [
      ['name', /^service\.gantry\.dev\/web\n$/],
      ['json', /^ {8}"desiredCount": 0,?$/m],
      ['yaml', /^ {2}desiredCount: 0$/m],
      ['kyaml', /^ {4}desiredCount: 0,$/m],
      ['custom-columns=N:.metadata.name,D:.spec.desiredCount', /^N +D\nweb +0\n$/],
      ['custom-columns-file=columns.txt', /^NAME +COUNT\nweb +0\n$/],
      ['jsonpath={.spec.taskDefinition}', /^web$/],
      ['jsonpath-file=path.txt', /^web$/],
      ['jsonpath-as-json={.spec.desiredCount}', /^\[\n {4}0\n\]\n$/],
      ['go-template={{.spec.taskDefinition}}', /^web$/],
      ['go-template-file=template.txt', /^web$/],
    ]
    for (const [format, shown] of formats) {
      if (format === 'kyaml' && version === '1.32') continue // which does not know it
      expect(await run('get', 'services', 'web', '-o', format)).toMatch(shown)
    }
    expect(columns(await run('get', 'services'))).toEqual(
      expect.arrayContaining(['NAME', 'DESIRED', 'RUNNING', 'PENDING', 'AGE']),
    )
    expect(columns(await run('get', 'services', '-o', 'wide')).length).toBeGreaterThan(
      columns(await run('get', 'services')).length,
    )
    expect(JSON.parse(await run('get', 'services', '-o', 'json'))).toMatchObject({ kind: 'List' })
    expect(await run('get', 'services', '-L', 'tier')).toMatch(/ front$/m)
    expect(await run('get', 'services', 'web', '--subresource=scale')).toMatch(/^NAME +DESIRED +AVAILABLE +AGE\nweb /)
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
    await until('it is described with its events', async () =>
      /^Kind: +Service$[\s\S]*^Events:\n +Type +Reason +Age +From +Message\n/m.test(
        await run('describe', 'services', 'web'),
      ),
    )
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
    const changes = of().start(['get', 'services', '-A', '--watch-only', '--output-watch-events', '-l', 'tier=front'])
    let turn = 0 // it says nothing before the first change that it sees
    await until('the watch tells changes', async () => {
      await run('annotate', 'services', 'web', '--overwrite', `turn=${turn++}`)
      return /^EVENT +NAMESPACE +NAME [\s\S]*^MODIFIED +default +web /m.test(changes.texts.out)
    })
    changes.interrupt()
    await changes.ended
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
    const again = (await run('get', 'services', 'web', '-o', 'yaml')).replace('desiredCount: 1', 'desiredCount: 0')
    expect(await of().runWith({ stdin: again }, 'replace', '--force', '-f', '-')).toMatch(
      /^service\.gantry\.dev "web" deleted.*\nservice\.gantry\.dev\/web replaced\n$/,
    )
    const invalid = await of().try(['patch', 'services', 'web', '--type=merge', '-p', '{"spec":{"desiredCount":-1}}'])
    expect(invalid.err).toContain('spec.desiredCount')
  })

  it('applies on the server: conflicts name the other manager, and can be forced', async () => {
    const ours = 'taskdefinition.gantry.dev/ours serverside-applied\n'
    const text = taskDefinition('ours')
    const apply = ['apply', '--server-side', '-f', '-'] as const
    expect(await of().runWith({ stdin: text }, ...apply)).toBe(ours)
    expect(await of().runWith({ stdin: text }, ...apply)).toBe(ours)
    const other = { stdin: text.replace('memory: 16', 'memory: 32') }
    const conflict = await of().try([...apply, '--field-manager=other'], other)
    expect(conflict.code).toBe(1)
    expect(conflict.err).toContain('conflict with "kubectl": .spec.containerDefinitions[name="main"].memory\n')
    expect(await of().runWith(other, ...apply, '--field-manager=other', '--force-conflicts')).toBe(ours)
    expect((await of().try(apply, { stdin: text })).err).toContain('conflict with "other"')

    // a third says what it wants of a container, and stops wanting it
    const main = (wanted: string): string =>
      `apiVersion: gantry.dev/v1\nkind: TaskDefinition\nmetadata: {name: ours}
spec: {containerDefinitions: [{name: main${wanted}}]}`
    const container = ['get', 'taskdefinition', 'ours', '-o', 'jsonpath={.spec.containerDefinitions[0]}'] as const
    const third = [...apply, '--field-manager=third'] as const
    await of().runWith({ stdin: main(', environment: [{name: A, value: b}]') }, ...third)
    expect(JSON.parse(await run(...container))).toMatchObject({ memory: 32, environment: [{ name: 'A', value: 'b' }] })
    await of().runWith({ stdin: main('') }, ...third)
    const left = JSON.parse(await run(...container)) as { memory: number; environment?: readonly unknown[] }
    expect(left.memory).toBe(32)
    expect(left.environment ?? []).toEqual([])
    expect(await run('get', 'taskdefinition', 'ours', '--show-managed-fields', '-o', 'yaml')).toContain(
      'manager: other',
    )
    expect(await run('delete', 'taskdefinition', 'ours')).toContain('"ours" deleted')
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
    const born = of().start(['wait', 'configmap/soon', '--for=create', '--timeout=30s'])
    await run('create', 'configmap', 'soon')
    expect(await born.ended).toMatchObject({ code: 0, err: '', out: 'configmap/soon condition met\n' })
    const filled = of().start(['wait', 'configmap/soon', '--for=jsonpath={.data.a}=b', '--timeout=30s'])
    await run('patch', 'configmap', 'soon', '-p', '{"data":{"a":"b"}}')
    expect(await filled.ended).toMatchObject({ code: 0, err: '', out: 'configmap/soon condition met\n' })
    const gone = of().start(['wait', 'configmap/soon', '--for=delete', '--timeout=30s'])
    await run('delete', 'configmap', 'soon')
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
    await run('create', 'configmap', 'marked', '-n', 'team')
    await run('label', 'configmap', 'marked', 'goes=yes', '-n', 'team')
    expect(await run('delete', 'configmaps', '-l', 'goes=yes', '-n', 'team')).toMatch(/^configmap "marked" deleted/)
    expect(await run('delete', 'configmaps', '--all', '-n', 'team', '--dry-run=server')).toContain('"conf" deleted')
    expect(await run('delete', 'configmaps', '--all', '-n', 'team')).toContain('"conf" deleted')
    expect(await of().try(['get', 'configmaps', '-n', 'team'])).toMatchObject({
      err: 'No resources found in team namespace.\n',
    })
    expect(await run('delete', 'services', 'web', '--wait=false')).toContain('"web" deleted')
    expect(await run('delete', 'services', 'web', '--ignore-not-found')).not.toContain('error')
  })

  it('shows events', async () => {
    expect(await run('events', '-A')).toMatch(/^NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/)
    expect(await run('events', '--for=service.gantry.dev/web', '--types=Normal')).toMatch(/ Service\/web /)
    const about = ['--field-selector', 'type=Normal,involvedObject.name=web', '--sort-by=.lastTimestamp'] as const
    expect(await run('get', 'events', '-A', ...about)).toMatch(/^default +\S+ +Normal +\S+ +service\/web /m)
  })

  it('empties a namespace that goes', async () => {
    expect(await run('delete', 'namespace', 'team')).toContain('"team" deleted')
    expect((await of().try(['get', 'ns', 'team'])).err).toContain('namespaces "team" not found')
  })
}
