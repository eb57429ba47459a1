/** How long lists and texts may be that ECS sets no bound for. A kube-apiserver takes rules over bounded ones only. */
export const limits = {
  /** Port mappings of a container; ECS's bound of port ranges. */
  portMappings: 100,
  /** Volumes of a task, and mount points of a container. */
  volumes: 50,
  mountPoints: 50,
  /** Images that one service may want pulled ahead: those of all containers that a task can have, twice. */
  prefetchedImages: 20,
  /** Other containers that a container may name: twice those that there can be. */
  dependencies: 20,
  /** Launch types that a definition can be fit for: twice those that there are. */
  compatibilities: 8,
  /** Load balancers of a service: twice ECS's five target groups. */
  loadBalancers: 10,
  /** Tasks of a service: ECS's quota (ecs-core 8.1); a digit too many would fill the store. */
  tasksOfService: 5000,
  /** Revisions of a family: ECS's bound (ecs-core 3.6). */
  revisionHistory: 1_000_000,
  /** Characters of a cpu or memory amount. */
  amount: 64,
  /** Characters of a reference to a task definition: a family of 255 in an ARN. */
  reference: 512,
  /** Characters of a schedule: EventBridge's bound. */
  schedule: 256,
  /** Characters of a time zone's name: EventBridge's bound. */
  timeZone: 50,
  /** Characters of a field to place by: an attribute's name of 128, and its prefix. */
  placementField: 138,
} as const
