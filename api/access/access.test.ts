import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { settle, VirtualClock } from '../../lib/virtual-clock.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { apiVersionOf, type Kind } from '../meta/kind.ts'
import type { Draft, ObjectKey, Resource } from '../meta/object.ts'
import { openRegistry, type Registry } from '../registry/registry.ts'
import { allKinds } from '../v1/kinds.ts'
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../v1/rbac.ts'
import { type PolicyRule, rbacGroup } from '../v1/rbac-spec.ts'
import { type Access, openAccess } from './access.ts'
import { resourceAttributes } from './attributes.ts'
import { builtInRoles } from './built-in.ts'
import type { User } from './user.ts'

const { signal } = new AbortController()
const jane: User = { name: 'jane', groups: ['system:authenticated'] }
const root: User = { name: 'root', groups: ['system:masters', 'system:authenticated'] }
const tasks: PolicyRule = { verbs: ['get'], apiGroups: ['gantry.dev'], resources: ['tasks'] }
const secrets: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }
const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }
const toJane = [{ kind: 'User', apiGroup: rbacGroup, name: 'jane' }]
const ref = (kind: string, name: string) => ({ apiGroup: rbacGroup, kind, name })

interface Server {
  readonly registry: Registry
  readonly access: Access
  /** Writes as the server does for a user. */
  create<T extends Resource>(kind: Kind<T>, draft: Draft<T>, user?: User): Promise<T>
  remove(kind: Kind<never> | Kind, key: ObjectKey): Promise<void>
  may(verb: string, resource: string, namespace?: string): Promise<boolean>
}

/** Servers on one store. */
async function servers(count = 1): Promise<readonly Server[]> {
  const clock = new VirtualClock()
  const store = await openMemoryStore({ clock })
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const all: Server[] = []
  for (let i = 0; i < count; i++) {
    const registry = await openRegistry({ ...parts, store, kinds: allKinds }, signal)
    const access = await openAccess({ ...parts, registry }, signal)
    onTestFinished(async () => {
      await access.close()
      await registry.close()
    })
    all.push({
      registry,
      access,
      async create(kind, draft, user = root) {
        const { plural: resource, group, version } = kind
        const namespace = draft.metadata.namespace ?? ''
        const request = resourceAttributes(user, { verb: 'create', group, version, resource, namespace })
        const raw = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...draft }
        const review = (change: Parameters<Access['review']>[0], s: AbortSignal) => access.review(change, request, s)
        const made = await registry.create(kind, namespace, raw, { review }, signal)
        await access.wrote(kind as unknown as Kind, signal)
        return made
      },
      async remove(kind, key) {
        await registry.delete(kind as Kind, key, {}, signal)
        await access.wrote(kind as Kind, signal)
      },
      async may(verb, resource, namespace = 'default') {
        const group = resource === 'secrets' ? '' : 'gantry.dev'
        return (await access.authorize(resourceAttributes(jane, { verb, group, resource, namespace }), signal)).allowed
      },
    })
  }
  return all
}
const server = async (): Promise<Server> => (await servers())[0] as Server

describe('what is written', () => {
  it('counts with the answer, and goes with it', async () => {
    const { create, remove, may } = await server()
    await create(Role, { metadata: { namespace: 'default', name: 'r' }, rules: [tasks] })
    expect(await may('get', 'tasks')).toBe(false)
    const binding = { namespace: 'default', name: 'b' }
    await create(RoleBinding, { metadata: binding, roleRef: ref('Role', 'r'), subjects: toJane })
    expect(await may('get', 'tasks')).toBe(true)
    expect(await may('get', 'tasks', 'other')).toBe(false)
    await remove(RoleBinding, binding)
    expect(await may('get', 'tasks')).toBe(false)
  })

  it('counts on other servers as soon as they hear of it', async () => {
    const [one, two] = (await servers(2)) as [Server, Server]
    await one.create(ClusterRoleBinding, {
      metadata: { name: 'b' },
      roleRef: ref('ClusterRole', 'view'),
      subjects: toJane,
    })
    await settle()
    expect(await two.may('list', 'tasks')).toBe(true)
    await one.remove(ClusterRoleBinding, { namespace: '', name: 'b' })
    await settle()
    expect(await two.may('list', 'tasks')).toBe(false)
  })

  it('is what an aggregated role shows, too', async () => {
    const { create, registry } = await server()
    await settle()
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
    const widgets = { verbs: ['get'], apiGroups: ['example.com'], resources: ['widgets'] }
    await create(ClusterRole, { metadata: { name: 'more', labels }, rules: [widgets] })
    await settle()
    for (const name of ['view', 'edit', 'admin'])
      expect((await registry.get(ClusterRole, { namespace: '', name }, signal)).rules).toContainEqual(widgets)
  })
})

describe('built-in roles', () => {
  const view = { namespace: '', name: 'system:aggregate-to-view' }

  it('get back what they must say at the next start, and keep what was added', async () => {
    const { registry } = await server()
    const parts = { clock: new VirtualClock(), log: silentLogger }
    const before = await registry.get(ClusterRole, view, signal)
    await registry.update(ClusterRole, view, { ...before, rules: [secrets] }, {}, signal)
    await registry.delete(ClusterRole as unknown as Kind, { namespace: '', name: 'system:discovery' }, {}, signal)
    await (await openAccess({ ...parts, registry }, signal)).close()
    const { rules } = await registry.get(ClusterRole, view, signal)
    expect(rules).toContainEqual(secrets)
    const verbs = (name: string) => rules.filter((rule) => rule.resources?.includes(name)).flatMap((rule) => rule.verbs)
    expect(verbs('services').toSorted()).toEqual(['get', 'list', 'watch'])
    await registry.get(ClusterRole, { namespace: '', name: 'system:discovery' }, signal)
  })

  it('are left alone where their annotation says so', async () => {
    const { registry } = await server()
    const { metadata, ...before } = await registry.get(ClusterRole, view, signal)
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' }
    await registry.update(
      ClusterRole,
      view,
      { ...before, metadata: { ...metadata, annotations }, rules: [] },
      {},
      signal,
    )
    await (await openAccess({ clock: new VirtualClock(), log: silentLogger, registry }, signal)).close()
    expect((await registry.get(ClusterRole, view, signal)).rules).toEqual([])
  })

  it('never change when nothing is missing', async () => {
    const { registry } = await server()
    const versions = async () =>
      (await registry.list(ClusterRole, {}, signal)).items.map(({ metadata }) => metadata.resourceVersion)
    await settle()
    const before = await versions()
    await (await openAccess({ clock: new VirtualClock(), log: silentLogger, registry }, signal)).close()
    await settle()
    expect(await versions()).toEqual(before)
    expect(before).toHaveLength(builtInRoles.length)
  })
})

describe('nobody grants what they do not have', () => {
  const owner: PolicyRule = { verbs: ['create', 'update'], apiGroups: [rbacGroup], resources: ['*'] }
  /** A server where jane may write roles and bindings, and has `rules` besides. */
  async function withJane(...rules: PolicyRule[]): Promise<Server> {
    const one = await server()
    await one.create(ClusterRole, { metadata: { name: 'janes' }, rules: [owner, ...rules] })
    await one.create(ClusterRoleBinding, {
      metadata: { name: 'janes' },
      roleRef: ref('ClusterRole', 'janes'),
      subjects: toJane,
    })
    return one
  }
  const role = (rule: PolicyRule, name = 'r'): Draft<Role> => ({
    metadata: { namespace: 'default', name },
    rules: [rule],
  })
  const refused = { code: 'Forbidden' }

  it('by a role', async () => {
    const { create } = await withJane(tasks)
    await create(Role, role(tasks, 'less'), jane)
    await expect(create(Role, role(secrets), jane)).rejects.toMatchObject({
      ...refused,
      message:
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    })
  })

  it('by more than can be compared', async () => {
    const { create } = await withJane(tasks)
    const many = Array.from({ length: 400 }, (_, i) => `r${i}`)
    const wide = { verbs: many, apiGroups: many, resources: many }
    await expect(create(Role, role(wide), jane)).rejects.toMatchObject(refused)
  })

  it('unless they may escalate', async () => {
    const escalate: PolicyRule = { verbs: ['escalate'], apiGroups: [rbacGroup], resources: ['roles'] }
    const { create } = await withJane(escalate)
    await create(Role, role(secrets), jane)
  })

  it('by a binding, unless they may bind', async () => {
    const binding: Draft<ClusterRoleBinding> = {
      metadata: { name: 'b' },
      roleRef: ref('ClusterRole', 'cluster-admin'),
      subjects: toJane,
    }
    await expect((await withJane(tasks)).create(ClusterRoleBinding, binding, jane)).rejects.toMatchObject(refused)
    const bind: PolicyRule = {
      verbs: ['bind'],
      apiGroups: [rbacGroup],
      resources: ['clusterroles'],
      resourceNames: ['view'],
    }
    const { create } = await withJane(bind)
    await expect(create(ClusterRoleBinding, binding, jane)).rejects.toMatchObject(refused)
    await create(ClusterRoleBinding, { ...binding, roleRef: ref('ClusterRole', 'view') }, jane)
  })

  it('nor by gathering the roles of others', async () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { any: 'thing' } }] }
    const draft: Draft<ClusterRole> = { metadata: { name: 'all' }, rules: [], aggregationRule }
    await expect((await withJane(tasks)).create(ClusterRole, draft, jane)).rejects.toMatchObject(refused)
    const { create } = await withJane(everything, { verbs: ['*'], nonResourceURLs: ['*'] })
    await create(ClusterRole, draft, jane)
  })
})
