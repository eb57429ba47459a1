/** Reviews as a kube-apiserver sends them, and what our own API server would have said. */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../../api/meta/object.ts'
import { TaskDefinition } from '../../../api/v1/task-definition.ts'
import { Fault, unlessGone } from '../../../lib/errors.ts'
import { seededRandom } from '../../../lib/random.ts'
import { type AskedReview, admissionReview } from '../../../test/builders/admission-review.ts'
import {
  aCluster,
  aContainer,
  aNamespace,
  aService,
  aTask,
  aTaskDefinition,
  aTaskDefinitionRevision,
} from '../../../test/builders/kinds.ts'
import { openClient, type TestClient } from '../../../test/builders/test-client.ts'
import { admissionReviews } from './admission-review.ts'

const { signal } = new AbortController()
const head = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1, revisionName: 'web.1' } })
const revision = aTaskDefinitionRevision()

const answererOn = (client: TestClient) =>
  admissionReviews({
    clock: client.clock,
    random: seededRandom(1),
    read: (kind, key, s) => unlessGone(client.get(kind, key, s)),
  })

interface Response {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string }
  readonly warnings?: readonly string[]
}
async function answerTo(text: string, there: readonly Resource[]): Promise<Response> {
  const said = JSON.parse(await answererOn(await openClient(there))(text, signal)) as Record<string, unknown>
  expect(said).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })
  return said.response as Response
}

const circle = [
  aContainer({ name: 'a', dependsOn: [{ containerName: 'b', condition: 'START' }] }),
  aContainer({ name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' }] }),
]
const service = aService({ spec: { taskDefinition: 'web' } })
const missing = aService({ spec: { taskDefinition: 'gone' } })

describe('refused', () => {
  it.each<AskedReview & { when: string; there?: readonly Resource[]; code?: number; says: string }>([
    { when: 'a service of nothing', object: service, says: 'spec.taskDefinition: Not found: "web"' },
    {
      when: 'a task of nothing',
      object: aTask({ spec: { taskDefinition: 'web:9' } }),
      there: [head, revision],
      says: 'Not found: "web:9"',
    },
    {
      when: 'a change to what is not there',
      object: missing,
      old: service,
      there: [head, revision],
      says: 'Service.gantry.dev "web" is invalid: spec.taskDefinition: Not found: "gone"',
    },
    {
      when: 'a definition in a circle',
      object: aTaskDefinition({ spec: { containerDefinitions: circle } }),
      says: 'containers wait for each other',
    },
    {
      when: 'a cluster whose namespace is somebody else’s',
      object: aCluster({ name: 'prod' }),
      there: [aNamespace({ name: 'prod' })],
      says: 'exists already; annotate the cluster',
    },
    { when: 'the end of the default cluster', old: aCluster(), code: 403, says: 'may not be deleted' },
  ])('$when', async ({ there = [], code = 422, says, ...asked }) => {
    const { uid, allowed, status } = await answerTo(admissionReview(asked), there)
    expect([uid, allowed]).toEqual(['705ab4f5-6393-11e8-b7cc-42010a800002', false])
    expect(status).toMatchObject({ code, message: expect.stringContaining(says) })
  })
})

describe('let pass', () => {
  it.each<AskedReview & { when: string; there?: readonly Resource[] }>([
    { when: 'a service that is right', object: service, there: [head, revision] },
    { when: 'a service beside its new head', object: service, there: [aTaskDefinition()] },
    { when: 'a task that is right', object: aTask(), there: [head, revision] },
    { when: 'a definition', object: aTaskDefinition() },
    { when: 'a cluster', object: aCluster({ name: 'prod' }) },
    {
      when: 'what was wrong before, and is only held by a finalizer',
      object: { ...missing, metadata: { ...missing.metadata, finalizers: ['a.dev/b'] } },
      old: missing,
    },
    { when: 'the end of a service', old: service },
    { when: 'a status', object: missing, over: { subResource: 'status' } },
    { when: 'a kind of others', object: aNamespace({ name: 'x' }) },
  ])('$when', async ({ there = [], ...asked }) => {
    expect(await answerTo(admissionReview(asked), there)).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
    })
  })

  it('with a warning about what has no effect', async () => {
    const { allowed, warnings } = await answerTo(
      admissionReview({ object: aService({ spec: { taskDefinition: 'web', platformVersion: 'LATEST' } }) }),
      [head, revision],
    )
    expect([allowed, warnings]).toEqual([true, [expect.stringContaining('spec.platformVersion: accepted')]])
  })
})

describe('not answered', () => {
  it.each([
    { when: 'no JSON', text: '{' },
    { when: 'another version', text: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}' },
    { when: 'nothing asked', text: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}' },
  ])('$when', async ({ text }) => {
    await expect(answererOn(await openClient())(text, signal)).rejects.toMatchObject({ code: 'BadRequest' })
  })

  it('what cannot be decided: the policy of the configuration does', async () => {
    const client = await openClient([head])
    client.interrupt((verb, kind) =>
      verb === 'get' && kind === TaskDefinition.kind ? new Fault('Unavailable', 'away') : undefined,
    )
    await expect(answererOn(client)(admissionReview({ object: service }), signal)).rejects.toMatchObject({
      code: 'Unavailable',
    })
  })
})
