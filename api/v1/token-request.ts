/** authentication.k8s.io/v1 TokenRequest: what `serviceaccounts/NAME/token` is asked for. Never stored. */
import { z } from 'zod'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { invalid } from '../meta/problems.ts'

/** Kubernetes' own bounds, in seconds. */
const shortest = 600
const longest = 2 ** 32

export const TokenRequest = defineKind(
  {
    group: 'authentication.k8s.io',
    categories: [],
    kind: 'TokenRequest',
    plural: 'tokenrequests',
    hasGeneration: false,
    statusSubresource: false,
    description: 'Asks for a token of a service account.',
    shape: {
      spec: z
        .strictObject({
          audiences: z
            .array(z.string())
            .optional()
            .describe('Who may accept the token; without any, this API server.')
            .meta({ listType: 'atomic' }),
          expirationSeconds: z.int().default(3600).describe('How long the token is to hold.'),
          boundObjectRef: z
            .strictObject({
              kind: z.string().optional().describe('Kind of the object.'),
              apiVersion: z.string().optional().describe('Its API version.'),
              name: z.string().optional().describe('Its name.'),
              uid: z.string().optional().describe('Its UID.'),
            })
            .nullable()
            .optional()
            .describe('An object that the token ends with; Gantry binds tokens to their account alone.'),
        })
        .prefault({})
        .describe('What is asked for.'),
      status: z
        .strictObject({
          token: z.string().describe('The token.'),
          expirationTimestamp: z.string().describe('When it ends.'),
        })
        .optional()
        .describe('The answer.'),
    },
  },
  {
    validate: ({ spec: { expirationSeconds, boundObjectRef } }) => [
      ...(expirationSeconds < shortest
        ? [invalid('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 10 minutes')]
        : []),
      ...(expirationSeconds > longest
        ? [invalid('spec.expirationSeconds', expirationSeconds, 'may not specify a duration larger than 2^32 seconds')]
        : []),
      ...(boundObjectRef === undefined || boundObjectRef === null
        ? []
        : [invalid('spec.boundObjectRef', boundObjectRef.kind ?? '', 'tokens are bound to their account alone')]),
    ],
  },
)
export type TokenRequest = ObjectOfKind<typeof TokenRequest>
