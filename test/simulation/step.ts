/** All that users may do in a simulation, as data. */
import type { DefinitionStep } from './definition-step.ts'
import type { RevisionStep } from './revisions.ts'
import type { ScheduleStep } from './schedules.ts'
import type { ServiceShape } from './service-shape.ts'
import type { ZoneStep } from './zones.ts'

export type Step =
  | ScheduleStep
  | DefinitionStep
  | RevisionStep
  | ZoneStep
  | { readonly step: 'service'; readonly shape: ServiceShape }
  | { readonly step: 'scale'; readonly service: string; readonly desired: number }
  /** Goes to the `back`-th revision before the newest, by number; 0: follows the newest again. */
  | { readonly step: 'revert'; readonly service: string; readonly back: number }
  /** Asks to end what is in progress, where it is or by going back. */
  | { readonly step: 'abort' | 'rollback'; readonly service: string }
  /** Asks to wait no longer in the present step. */
  | { readonly step: 'promote'; readonly service: string }
  /** Answers the hooks that wait for a person. */
  | { readonly step: 'answer'; readonly service: string; readonly action: 'CONTINUE' | 'ROLLBACK' }
  | { readonly step: 'pause' | 'unpause'; readonly service: string }
  /** Other bounds for what is under way, and for what comes. */
  | { readonly step: 'bounds'; readonly service: string; readonly min: number; readonly max: number }
  /** How many revisions the family keeps; undefined: as many as by default. */
  | { readonly step: 'keep'; readonly family: string; readonly revisions: number | undefined }
  /** A new deployment of the same thing. */
  | { readonly step: 'restart'; readonly service: string }
  | { readonly step: 'deleteService'; readonly service: string }
  | { readonly step: 'drain' | 'activate'; readonly instance: string }
  /** A person says that the machine is gone; nothing, when it is not. */
  | { readonly step: 'deregister'; readonly instance: string }
  /** Standalone tasks of a family, with overrides. */
  | {
      readonly step: 'run'
      readonly unique: string
      readonly family: string
      readonly count: number
      readonly memory: number
      readonly image: string
      readonly script: string
    }
  /** Other bytes under the same tag. */
  | { readonly step: 'push'; readonly image: string }
  | { readonly step: 'stopTask'; readonly service: string; readonly nth: number }
  /** Protects a task of the service; 0 minutes: no longer. */
  | { readonly step: 'protect'; readonly service: string; readonly nth: number; readonly minutes: number }
  /** Resumes what is paused, and raises the maximum of services whose rollout may neither stop nor start a task. */
  | { readonly step: 'unblock' }
  /** Gives families definitions that work, and lets services follow them; `all`: also those that rest after a failed deployment. */
  | { readonly step: 'repair'; readonly all: boolean }
  /** Restarts services whose deployment failed; `all`: also those that rest on what was before. */
  | { readonly step: 'retry'; readonly all: boolean }
