/** Kubernetes' definition of Scale, in its own words. */
import { autoscalingPart, metaPart, type Schema, text, typeMeta } from './fields.ts'

/** By their names below `io.k8s.api.autoscaling.v1`. */
export const scale: Readonly<Record<string, Schema>> = {
  Scale: {
    description: 'Scale represents a scaling request for a resource.',
    type: 'object',
    properties: {
      ...typeMeta,
      metadata: metaPart(
        'Standard object metadata; More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata.',
        'ObjectMeta',
        { default: {} },
      ),
      spec: autoscalingPart(
        'spec defines the behavior of the scale. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status.',
        'ScaleSpec',
        { default: {} },
      ),
      status: autoscalingPart(
        'status is the current status of the scale. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#spec-and-status. Read-only.',
        'ScaleStatus',
        { default: {} },
      ),
    },
  },
  ScaleSpec: {
    description: 'ScaleSpec describes the attributes of a scale subresource.',
    type: 'object',
    properties: {
      replicas: {
        description: 'replicas is the desired number of instances for the scaled object.',
        type: 'integer',
        format: 'int32',
        default: 0,
      },
    },
  },
  ScaleStatus: {
    description: 'ScaleStatus represents the current status of a scale subresource.',
    type: 'object',
    required: ['replicas'],
    properties: {
      replicas: {
        description: 'replicas is the actual number of observed instances of the scaled object.',
        type: 'integer',
        format: 'int32',
        default: 0,
      },
      selector: text(
        'selector is the label query over pods that should match the replicas count. This is same as the label selector but in the string format to avoid introspection by clients. The string will be in the same format as the query-param syntax. More info about label selectors: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/',
      ),
    },
  },
}
