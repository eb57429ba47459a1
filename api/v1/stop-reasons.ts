/** Why tasks stop, in ECS's words (ecs-core 4.3): tools and people know these texts. */
export const stopReasons = {
  essentialExited: 'Essential container in task exited',
  failedToStart: 'Task failed to start',
  /** The default of whoever stops a task; ECS's begins so too. */
  byUser: 'Task stopped by user',
  deleted: 'Task stopped by user: it was deleted',
  /** By the service that has the task: `deployment` is its id, `ecs-svc/...`. */
  scaling: (deployment: string): string => `Scaling activity initiated by (deployment ${deployment})`,
  failedHealthChecks: 'Task failed container health checks',
  /** Ours: ECS lets the first tasks of a deployment differ. */
  otherImage: 'Task stopped: its deployment runs another image digest',
  /** Ours: `hook` is the id of a lifecycle hook. */
  hookTimedOut: (hook: string): string => `Task stopped: lifecycle hook ${hook} timed out`,
  draining: 'Task stopped during instance draining',
  hostGone: (instance: string): string => `Host EC2 (instance ${instance}) stopped/terminated.`,
  deregistered: 'Container instance deregistration forced by user',
} as const
