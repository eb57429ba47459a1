/** core/v1 ServiceAccount: an identity for automation, with rights in its namespace. */
import { z } from 'zod'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { ObjectReference } from './core.ts'
import { ageColumn } from './native-columns.ts'

export const ServiceAccount = defineKind({
  group: '',
  categories: [],
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  description: 'An identity for automation; its tokens are made by the subresource token.',
  shape: {
    secrets: z
      .array(ObjectReference)
      .optional()
      .describe('Secrets that it may use.')
      .meta({ listType: 'map', listMapKeys: ['name'] }),
    imagePullSecrets: z
      .array(z.strictObject({ name: z.string().default('').describe('Name of the Secret.') }))
      .optional()
      .describe('Secrets with the credentials of image registries.')
      .meta({ listType: 'atomic' }),
    automountServiceAccountToken: z.boolean().optional().describe('Kept for Kubernetes; Gantry mounts no tokens.'),
  },
  columns: [
    {
      name: 'Secrets',
      type: 'string',
      jsonPath: '.secrets',
      description:
        'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use. Pods are only limited to this list if this service account has a "kubernetes.io/enforce-mountable-secrets" annotation set to "true". The "kubernetes.io/enforce-mountable-secrets" annotation is deprecated since v1.32. Prefer separate namespaces to isolate access to mounted secrets. This field should not be used to find auto-generated service account token secrets for use outside of pods. Instead, tokens can be requested directly using the TokenRequest API, or service account token secrets can be manually created. More info: https://kubernetes.io/docs/concepts/configuration/secret',
      value: ({ secrets = [] }: { readonly secrets?: readonly unknown[] }) => secrets.length,
    },
    ageColumn,
  ],
})
export type ServiceAccount = ObjectOfKind<typeof ServiceAccount>
