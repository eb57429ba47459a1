/** The manifests, built by kubectl's kustomize: complete, pinned, and no laxer than they must be. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { gantryKinds } from '../../api/v1/kinds.ts'
import { isEqual } from '../../lib/equal.ts'
import { kubectlBinary } from '../kubectl-binary.ts'

const deploy = join(import.meta.dirname, '../../deploy')
interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly volumeMounts?: readonly { readonly name: string }[]
}
interface PodSpec {
  readonly serviceAccountName: string
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
}
interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec?: {
    readonly template?: { readonly spec: PodSpec }
    readonly volumeClaimTemplates?: readonly Manifest[]
  }
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]
}

async function built(folder: string): Promise<readonly Manifest[]> {
  const { stdout } = await promisify(execFile)(await kubectlBinary('1.32'), ['kustomize', join(deploy, folder)], {
    maxBuffer: 16 * 1024 * 1024,
  })
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
}
const nameOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`

describe.each(['kubernetes', 'kubernetes/agents/daemon-set', 'kubernetes/agents/stateful-set', 'kind', 'with-webhook'])(
  '%s',
  (folder) => {
    it('builds, each object once', async () => {
      const names = (await built(folder)).map(nameOf)
      expect(names.length).toBeGreaterThan(3)
      expect(new Set(names).size).toBe(names.length)
    })

    it('runs our image pinned, not as root, on a read-only root', async () => {
      const pods = (await built(folder)).flatMap(({ spec }) => (spec?.template === undefined ? [] : [spec]))
      for (const { template, volumeClaimTemplates = [] } of pods) {
        const { containers = [], initContainers = [], volumes = [] } = template?.spec ?? {}
        for (const { image, securityContext, name } of containers) {
          expect(image, name).toMatch(/^gantry:\d+\.\d+\.\d+$/)
          expect(securityContext, name).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          })
        }
        const known = [...volumes.map(({ name }) => name), ...volumeClaimTemplates.map(({ metadata }) => metadata.name)]
        const mounted = [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) => volumeMounts)
        expect(mounted.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([])
      }
    })

    it('names service accounts and roles that it has', async () => {
      const all = await built(folder)
      const names = new Set(all.map(nameOf))
      const accounts = all.flatMap(({ spec }) =>
        spec?.template === undefined ? [] : [spec.template.spec.serviceAccountName],
      )
      expect(accounts.filter((name) => !names.has(`ServiceAccount/${name}`))).toEqual([])
      expect(all.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ metadata }) => metadata.name)).toEqual(
        all.filter(({ kind }) => kind === 'ClusterRole').map(({ metadata }) => metadata.name),
      )
    })

    it('grants no wildcards', async () => {
      const rules = (await built(folder)).flatMap((manifest) => manifest.rules ?? [])
      expect(rules.length).toBeGreaterThan(0)
      expect(
        rules.flatMap(({ resources, verbs }) => [...resources, ...verbs]).filter((one) => one.includes('*')),
      ).toEqual([])
    })
  },
)

it('the operator comes with the CRDs of all kinds', async () => {
  const names = (await built('kubernetes')).filter(({ kind }) => kind === 'CustomResourceDefinition').map(nameOf)
  expect(names.sort()).toEqual(
    gantryKinds.map((kind) => `CustomResourceDefinition/${kind.plural}.${kind.group}`).sort(),
  )
})

it('the webhook is an addition: its Service, its rights and a flag of the operator', async () => {
  const [plain, more] = await Promise.all([built('kubernetes'), built('with-webhook')])
  const added = more.map(nameOf).filter((name) => !plain.map(nameOf).includes(name))
  expect(added.sort()).toEqual([
    'ClusterRole/gantry-webhook',
    'ClusterRoleBinding/gantry-webhook',
    'Role/gantry-webhook',
    'RoleBinding/gantry-webhook',
    'Secret/gantry-webhook',
    'Service/gantry-webhook',
    'ValidatingWebhookConfiguration/gantry',
  ])
  const changed = more.filter((one) => plain.some((other) => nameOf(other) === nameOf(one) && !isEqual(other, one)))
  expect(changed.map(nameOf)).toEqual(['Deployment/gantry-operator'])
  expect(changed[0]?.spec?.template?.spec.containers[0]?.args).toEqual([
    'operator',
    '--health-listen=:8080',
    '--webhook-listen=:8443',
  ])
})
