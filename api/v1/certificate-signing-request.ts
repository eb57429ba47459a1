/** certificates.k8s.io/v1 CertificateSigningRequest: asks the cluster's authority for a client certificate. */
import { z } from 'zod'
import { humanDuration } from '../../lib/human-duration.ts'
import { type Millis, seconds } from '../../lib/time.ts'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'
import { invalid, required } from '../meta/problems.ts'
import { ageColumn } from './native-columns.ts'

/** Of a container instance's agent: approved by itself when the requester may have it. */
export const instanceSigner = 'gantry.dev/container-instance'
/** Of people and programs: approved by an administrator, as in Kubernetes. */
export const clientSigner = 'kubernetes.io/kube-apiserver-client'

/** Kubernetes: the shortest life that may be asked for, in seconds. */
const shortestLife = 600

const time = z.iso.datetime({ offset: true })

const Condition = z.strictObject({
  type: z.string().default('').describe('Approved, Denied or Failed.'),
  status: z.enum(['True', 'False', 'Unknown']).default('True').describe('True; these never go back.'),
  reason: z.string().optional().describe('Why, as one CamelCase word.'),
  message: z.string().optional().describe('Why, for people.'),
  lastUpdateTime: time.nullable().optional().describe('When it was last written.'),
  lastTransitionTime: time.nullable().optional().describe('When status last changed.'),
})

/** What the columns look at. */
interface Parts {
  readonly spec: { readonly expirationSeconds?: number | undefined }
  readonly status?:
    | {
        readonly conditions?: readonly z.output<typeof Condition>[] | undefined
        readonly certificate?: string | undefined
      }
    | undefined
}

export const CertificateSigningRequest = defineKind(
  {
    group: 'certificates.k8s.io',
    categories: [],
    kind: 'CertificateSigningRequest',
    plural: 'certificatesigningrequests',
    shortNames: ['csr'],
    scope: 'Cluster',
    hasGeneration: false,
    selectableFields: ['spec.signerName'],
    description: 'Asks for a client certificate of the cluster.',
    shape: {
      spec: z
        .strictObject({
          request: z.base64().default('').describe('A PKCS#10 request: PEM, in base64.'),
          signerName: z.string().default('').describe('Who is to sign, which says what for.'),
          expirationSeconds: z.int().optional().describe('How long the certificate is wanted for; it may get less.'),
          usages: z.array(z.string()).optional().describe('What the key is for.').meta({ listType: 'atomic' }),
          username: z.string().optional().describe('Who asks; set by the server.'),
          uid: z.string().optional().describe('UID of who asks; set by the server.'),
          groups: z
            .array(z.string())
            .optional()
            .describe('Groups of who asks; set by the server.')
            .meta({ listType: 'atomic' }),
          extra: z
            .record(z.string(), z.array(z.string()))
            .optional()
            .describe('More about who asks; set by the server.'),
        })
        .prefault({})
        .describe('What is asked for, and by whom.'),
      status: z
        .strictObject({
          conditions: z
            .array(Condition)
            .optional()
            .describe('What was decided.')
            .meta({ listType: 'map', listMapKeys: ['type'] }),
          certificate: z.base64().optional().describe('The certificate: PEM, in base64.'),
        })
        .optional()
        .describe('What became of it.'),
    },
    columns: [
      ageColumn,
      {
        name: 'SignerName',
        type: 'string',
        jsonPath: '.spec.signerName',
        description: 'signerName indicates the requested signer, and is a qualified name.',
      },
      { name: 'Requestor', type: 'string', jsonPath: '.spec.username', description: 'Who asks.' },
      {
        name: 'RequestedDuration',
        type: 'string',
        jsonPath: '.spec.expirationSeconds',
        description: 'How long the certificate is wanted for.',
        value: ({ spec }: Parts): string =>
          spec.expirationSeconds === undefined ? '<none>' : humanDuration(seconds(spec.expirationSeconds)),
      },
      {
        name: 'Condition',
        type: 'string',
        jsonPath: '.status.conditions',
        description: 'What became of it.',
        value: (request: Parts): string => conditionText(request),
      },
    ],
  },
  {
    validate: ({ spec }) => [
      ...(pemOf(spec.request).includes('-----BEGIN CERTIFICATE REQUEST-----')
        ? []
        : [invalid('spec.request', '', 'PEM block type must be CERTIFICATE REQUEST')]),
      ...((spec.usages ?? []).length === 0 ? [required('spec.usages')] : []),
      ...(spec.signerName === '' ? [required('spec.signerName')] : []),
      ...(spec.signerName === '' || /^[a-z0-9.-]+\.[a-z0-9-]+\/[A-Za-z0-9.:-]+$/.test(spec.signerName)
        ? []
        : [
            invalid(
              'spec.signerName',
              spec.signerName,
              'must be a fully qualified domain and path of the form "example.com/signer-name"',
            ),
          ]),
      ...(spec.expirationSeconds === undefined || spec.expirationSeconds >= shortestLife
        ? []
        : [
            invalid(
              'spec.expirationSeconds',
              spec.expirationSeconds,
              `may not specify a duration less than ${shortestLife} seconds (10 minutes)`,
            ),
          ]),
    ],
  },
)
export type CertificateSigningRequest = ObjectOfKind<typeof CertificateSigningRequest>

const pemOf = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1')

/** The request's PEM. */
export const requestPem = ({ spec }: CertificateSigningRequest): string => pemOf(spec.request)
/** The certificate's PEM; undefined as long as there is none. */
export const certificatePem = ({ status }: Pick<Parts, 'status'>): string | undefined =>
  status?.certificate === undefined || status.certificate === '' ? undefined : pemOf(status.certificate)

const decisions = ['Approved', 'Denied', 'Failed'] as const
/** What may be decided about a request; it never goes back. */
export type Decision = (typeof decisions)[number]

export const isDecided = ({ status }: Pick<Parts, 'status'>, decision: Decision): boolean =>
  (status?.conditions ?? []).some(({ type, status }) => type === decision && status === 'True')

function conditionText(request: Parts): string {
  const approval = isDecided(request, 'Denied') ? 'Denied' : isDecided(request, 'Approved') ? 'Approved' : 'Pending'
  const failed = isDecided(request, 'Failed') ? ['Failed'] : []
  return [approval, ...failed, ...(certificatePem(request) === undefined ? [] : ['Issued'])].join(',')
}

/** The life asked for. */
export const requestedLife = ({ spec }: CertificateSigningRequest): Millis | undefined =>
  spec.expirationSeconds === undefined ? undefined : seconds(spec.expirationSeconds)
