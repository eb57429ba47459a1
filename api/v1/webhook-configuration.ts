/** ValidatingWebhookConfiguration of admissionregistration.k8s.io/v1, as far as whoever serves a webhook has to know it. */
import { z } from 'zod'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'

export const ValidatingWebhookConfiguration = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  scope: 'Cluster',
  categories: [],
  description: 'Whom an API server asks before it stores something.',
  shape: {
    webhooks: z
      .array(
        z.looseObject({
          name: z.string().describe('Name of the webhook.'),
          clientConfig: z
            .looseObject({ caBundle: z.string().optional().describe('PEM of the authorities, in base64.') })
            .describe('How it is reached.'),
        }),
      )
      .default([])
      .describe('The webhooks.'),
  },
})
export type ValidatingWebhookConfiguration = ObjectOfKind<typeof ValidatingWebhookConfiguration>
