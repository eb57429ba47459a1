/**
 * What our API server refuses at its door and a kube-apiserver cannot, the operator's webhook refuses for it: the same status, word for
 * word, over TLS.
 */
import { describe, expect, it } from 'vitest'
import type { Resource } from '../api/meta/object.ts'
import { failure } from '../api/server/answer/status.ts'
import { ValidatingWebhookConfiguration } from '../api/v1/webhook-configuration.ts'
import { systemClock } from '../lib/clock.ts'
import { VirtualClock } from '../lib/virtual-clock.ts'
import { admissionReview } from './builders/admission-review.ts'
import { aTaskDefinition, aTaskDefinitionRevision } from './builders/kinds.ts'
import { refusalCases, refusalOf } from './builders/refusals.ts'
import { callWebhook, startWebhook, webhookManifests } from './builders/running-webhook.ts'
import { openClient } from './builders/test-client.ts'

/** The answer of a webhook in a cluster that has these objects. */
async function reviewed(object: Resource, there: readonly Resource[]): Promise<unknown> {
  const clock = new VirtualClock(systemClock.now()) // TLS judges by the machine's
  const kinds = [ValidatingWebhookConfiguration] as never
  const client = await openClient([...webhookManifests, ...there], { clock, kinds })
  const url = await startWebhook({ client, clock })
  const [told] = client.all(ValidatingWebhookConfiguration).flatMap(({ webhooks }) => webhooks)
  const ca = Buffer.from(told?.clientConfig.caBundle ?? '', 'base64').toString()
  const { status, body } = await callWebhook({ url, ca, body: admissionReview({ object }) })
  expect([status, body.kind, body.apiVersion]).toEqual([200, 'AdmissionReview', 'admission.k8s.io/v1'])
  return body.response
}
const uid = '705ab4f5-6393-11e8-b7cc-42010a800002'
const head = aTaskDefinition({ status: { observedGeneration: 1, latestRevision: 1, revisionName: 'web.1' } })

describe('refused at our door, and by the webhook', () => {
  it.each(refusalCases)('$when', async ({ object, there = [], comes = [], goes }) => {
    const status = JSON.parse(JSON.stringify(failure(await refusalOf(object, there)))) as unknown
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(await reviewed(object, there)).toEqual({ uid, allowed: false, status })

    if (comes.length === 0 && goes === undefined) return
    const isLike = (one: Resource | undefined) => (other: Resource) =>
      one?.kind === other.kind && one.metadata.name === other.metadata.name
    const right = comes.find(isLike(object)) ?? object
    // as controllers make of a task definition that comes
    const later = [...there, ...comes, head, aTaskDefinitionRevision()].filter((one) => !isLike(goes)(one))
    expect(
      await reviewed(
        right,
        later.filter((one) => !isLike(right)(one)),
      ),
    ).toEqual({ uid, allowed: true })
  })
})
