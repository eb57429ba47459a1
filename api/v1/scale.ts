/** Kubernetes' autoscaling/v1 Scale: how many a workload of any kind asks for and has. Only read and written as a part. */
import { z } from 'zod'
import { defineKind, type ObjectOfKind } from '../meta/kind.ts'

const count = z.int32().optional()

export const Scale = defineKind({
  group: 'autoscaling',
  kind: 'Scale',
  plural: 'scales',
  description: 'How many a workload asks for and has.',
  categories: [],
  shape: {
    spec: z.strictObject({ replicas: count.describe('Number of desired replicas') }).optional(),
    status: z
      .strictObject({
        replicas: count.describe('Number of actual replicas'),
        selector: z.string().optional().describe('Label selector of what is counted, as text.'),
      })
      .optional(),
  },
  columns: [
    { name: 'Desired', type: 'integer', jsonPath: '.spec.replicas', description: 'Number of desired replicas' },
    { name: 'Available', type: 'integer', jsonPath: '.status.replicas', description: 'Number of actual replicas' },
    {
      name: 'Age',
      type: 'date',
      jsonPath: '.metadata.creationTimestamp',
      description:
        'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
    },
  ],
})
export type Scale = ObjectOfKind<typeof Scale>
