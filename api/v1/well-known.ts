/** Names that several rooms must spell alike: finalizers, labels and annotations. */

/** On a Service: its tasks are stopped before it goes. */
export const drainFinalizer = 'gantry.dev/drain'
/** On a Task: its containers are removed before it goes. */
/** On a Cluster until what is in it is gone. */
export const contentFinalizer = 'gantry.dev/content'
export const containersFinalizer = 'gantry.dev/containers'

/** On a Task: the Service it belongs to. */
export const serviceLabel = 'gantry.dev/service'
/** On a Task: the ServiceRevision it belongs to. */
export const serviceRevisionLabel = 'gantry.dev/service-revision'
/** On a Task: family of its task definition. */
export const familyLabel = 'gantry.dev/family'

/**
 * On a TaskDefinitionRevision: it stays while services, deployments or tasks run it. On a ServiceRevision: while its tasks have not
 * stopped, or its service has nothing else to run.
 */
export const inUseFinalizer = 'gantry.dev/in-use'
/** On either, while it is being deleted: the condition that says what still holds it. */
export const inUseCondition = 'InUse'

/** The namespace for Gantry's own objects: certificates, tokens, leader leases. */
export const systemNamespace = 'gantry-system'
/** The Secret there that holds the certificate authority, as `tls.crt` and `tls.key`. */
export const authoritySecret = 'certificate-authority'
/** The user that API servers are to agents: the common name of the certificate by which they ask for logs. */
export const serverUser = 'gantry-server'
/** The cluster that everything uses when none is named; exists from the start. */
export const defaultCluster = 'default'

/** On a Service: any new value makes a new deployment of the same thing (ECS's forceNewDeployment). */
export const forceNewDeploymentAnnotation = 'gantry.dev/force-new-deployment'

/** On a Cluster, `true`: it uses the namespace of its name that was there before, which then stays when the cluster goes. */
export const adoptNamespaceAnnotation = 'gantry.dev/adopt-namespace'

/** On a Task: the condition by which it says whether it has a place. */
export const scheduledCondition = 'Scheduled'

/** On a ScheduledTask: any new value makes a run now, once. */
export const runNowAnnotation = 'gantry.dev/run-now'
/** On a Task of a ScheduledTask: its name as a label, and the time that the run was due. */
export const scheduledTaskLabel = 'gantry.dev/scheduled-task'
export const scheduledTimeAnnotation = 'gantry.dev/scheduled-time'
/** On such a Task: it stays until what became of it is in the ScheduledTask's status, so that no run is made twice. */
export const runFinalizer = 'gantry.dev/scheduled-run'
/** Of a task that a service made: when, to the millisecond. */
export const createdAtAnnotation = 'gantry.dev/created-at'

/** On a Task that a service started to even out its availability zones: the zone that it is for. */
export const rebalancingAnnotation = 'gantry.dev/availability-zone-rebalancing'

/** On a Task that a lifecycle hook of a deployment runs: the hook's id. */
export const hookLabel = 'gantry.dev/lifecycle-hook'
/** On such a Task: it stays until its deployment's status has its uid, so that it is not made twice. */
export const hookFinalizer = 'gantry.dev/hook-noted'
