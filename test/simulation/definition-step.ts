/** A user writes a task definition: what its containers are like, and how they live. */

export interface DefinitionStep {
  readonly step: 'taskDefinition'
  readonly family: string
  readonly image: string
  readonly memory: number
  readonly cpu: number
  /** 0: dynamic. */
  readonly hostPort: number
  /** `GANTRY_FAKE` of the container. */
  readonly script: string
  /** Whether the container has a health check. */
  readonly checked: boolean
  /** A second, non-essential container. */
  readonly sidecar: boolean
}
