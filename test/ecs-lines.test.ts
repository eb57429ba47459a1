/**
 * ECS line by line: of each rule of ecs-core 2.3, 2.4, 3.4, 3.6, 4, 7.2, 8.1 and 9 where it is proved, why it is otherwise here, or that it
 * is not there yet. (Of section 5: ecs-rules.test.ts.)
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { serviceNotYet, taskDefinitionNotYet, taskNotYet } from '../api/v1/not-yet.ts'

const read = (file: string): Promise<string> => readFile(join(import.meta.dirname, '..', file), 'utf8')

const stops = 'controllers/agent/stop-causes.test.ts'
const agentPlan = 'controllers/agent/plan.test.ts'
const times = 'controllers/agent/timestamps.test.ts'
const restarts = 'controllers/agent/restart-policy.test.ts'
const depends = 'controllers/agent/strategies/dependencies.test.ts'
const instances = 'controllers/instance/plan.test.ts'
const task = 'api/v1/task.test.ts'
const overrides = 'api/v1/effective-definition.test.ts'
const runs = 'api/client/run-task.test.ts'
const place = 'controllers/scheduler/plan.test.ts'
const lives = 'controllers/taskdefinition/strategies/life.test.ts'
const without = 'cmd/delete-without-force.test.ts'
const definitions = 'controllers/taskdefinition/controller.test.ts'

describe('the same, and proved', () => {
  it.each<readonly [rule: string, file: string, says: string]>([
    ['2.3 RunTask: 1 to 10 tasks of the newest revision', runs, 'makes as many as asked, of the newest revision'],
    ['2.3 RunTask: clientToken, same parameters', runs, 'the same token and parameters: the original tasks'],
    ['2.3 RunTask: clientToken, other parameters: Conflict', runs, "code: 'Conflict'"],
    ['2.3 RunTask: propagateTags SERVICE is refused', task, 'tags of no service'],
    ['2.3 RunTask: launch type or providers, not both', task, 'launch type and providers'],
    ['2.3 ListTasks: startedBy, group', runs, 'they are found by who started them, and by their group'],
    ['2.3 StopTask: reason and default', stops, '4.3 UserInitiated: by default `Task stopped by user`'],
    ['2.3 protection: 1 to 2880 minutes', 'api/v1/task-protection.test.ts', '1 to 2880 minutes'],
    ['2.3 protection: DEPLOYMENT_BLOCKED', 'api/v1/task-protection.test.ts', 'DEPLOYMENT_BLOCKED'],
    ['2.4 zones are evened out where nothing is said', 'controllers/service/plan-zones.test.ts', '2.4: without a word'],
    ['2.4 schedulingStrategy cannot be changed', 'api/v1/service-rules.test.ts', 'the scheduling strategy stays'],
    ['2.4 DeleteService without force', without, 'The service cannot be stopped while it is scaled above 0.'],
    ['3.4 START', depends, 'START: it stopped after starting'],
    ['3.4 COMPLETE', depends, 'COMPLETE: it stopped, with any code'],
    ['3.4 SUCCESS', depends, 'SUCCESS: another code is for ever'],
    ['3.4 HEALTHY', depends, 'HEALTHY: its health check says so'],
    ['3.4 what dependsOn may say', 'api/v1/dependency-rules.test.ts', 'COMPLETE of an essential one'],
    ['3.4 startTimeout', depends, 'startTimeout: what waits for HEALTHY gives up'],
    ['3.4 at least 2 s', 'api/v1/container-rules.test.ts', 'must be at least 2 seconds'],
    ['3.4 stop order', agentPlan, 'stopping: the last first'],
    ['3.4 images are pulled once dependencies hold', times, 'the first pull begins, the last pull ends'],
    ['3.6 numbers are never used again', 'test/service-controllers.test.ts', 'never gives a number twice'],
    ['3.6 INACTIVE', definitions, 'that is deregistered becomes INACTIVE'],
    ['3.6 DELETE_IN_PROGRESS while in use', definitions, 'that is deleted in use says what it waits for'],
    ['3.6 no way back to ACTIVE', lives, 'whose status alone says INACTIVE is not taken back'],
    ['4.1 lastStatus only moves forward', task, 'status.lastStatus'],
    ['4.1 desiredStatus is RUNNING or STOPPED', task, 'desiredStatus: PENDING is never set'],
    ['4.1 told to stop before an agent has it: STOPPED', instances, 'told to stop without a reason'],
    ['4.1 a task whose container exits at once still ran', stops, '4.1 a task whose only container exits at once'],
    ['4.1 STOPPED when all containers have', stops, '4.1 STOPPING comes between'],
    ['4.1 what stopped and runs again is stopped', agentPlan, 'a stopped container came back to life: stop it'],
    ['4.2 connectivityAt, startedAt', times, 'connectivityAt: when its agent first had it'],
    ['4.2 DISCONNECTED', 'controllers/instance/controller.test.ts', "connectivity: 'DISCONNECTED'"],
    ['4.2 pullStartedAt, pullStoppedAt', times, 'the first pull begins, the last pull ends'],
    ['4.2 stoppingAt', times, 'stoppingAt: told to stop'],
    ['4.2 executionStoppedAt, stoppedAt', times, 'executionStoppedAt: the first essential container'],
    ['4.3 EssentialContainerExited', stops, '4.3 EssentialContainerExited'],
    ['4.3 CannotPullContainerError', stops, '4.3 TaskFailedToStart: a missing image'],
    [
      '4.3 ... refused by its registry',
      'test/conformance/engine-docker-pull.test.ts',
      'in the same word (ecs-core 4.3)',
    ],
    ['4.3 CannotCreateContainerError', stops, '4.3 TaskFailedToStart: the engine cannot create'],
    ['4.3 CannotStartContainerError', stops, '4.3 TaskFailedToStart: a bad command'],
    ['4.3 DockerTimeoutError', stops, '4.3 DockerTimeoutError: the start call'],
    ['4.3 ResourceInitializationError', 'controllers/agent/agent-stopping.test.ts', 'ResourceInitializationError: '],
    ['4.3 TaskDependencyError', stops, 'TaskDependencyError: container init can no longer reach SUCCESS'],
    ['4.3 ContainerVanishedError', stops, '4.3 ContainerVanishedError'],
    ['4.3 UserInitiated', stops, "4.3 UserInitiated: the caller's reason"],
    ['4.3 forced deregistration', instances, 'Container instance deregistration forced by user'],
    ['4.3 ServiceSchedulerInitiated', stops, 'Scaling activity initiated by (deployment ecs-svc/1)'],
    ['4.3 failed health checks', 'api/v1/circuit-breaker.test.ts', 'it was replaced for its health checks'],
    ['4.3 a lost host', instances, 'stop TerminationNotice'],
    ['4.4 names and labels', 'controllers/agent/agent.test.ts', 'com.amazonaws.ecs.task-arn'],
    ['4.4 CPU shares and memory', 'controllers/agent/container-spec.test.ts', 'a limit under what Docker takes'],
    ['4.4 out of memory', stops, '4.4 out of memory: OutOfMemoryError and 137'],
    ['4.5 SIGKILL after stopTimeout', stops, '4.5 SIGKILL after stopTimeout: 137'],
    ['4.5 an essential exit stops the rest', stops, '4.5 an essential exit stops the rest'],
    ['4.5 what is not essential fails alone', stops, '4.5 a container that is not essential and cannot start'],
    ['4.5 restartPolicy: the period', restarts, 'ended before the period: not restarted'],
    ['4.5 restartPolicy: ignoredExitCodes', restarts, 'an ignored code: not restarted'],
    ['4.5 restartPolicy: no change of state', restarts, 'is no change of state'],
    ['4.5 restartPolicy: not of a task that is to stop', restarts, 'a task that is told to stop'],
    ['4.5 restartPolicy: its bounds', 'api/v1/container-rules.test.ts', 'a restart too soon'],
    [
      '4.5 health is over the essential containers',
      'api/v1/task-health.test.ts',
      "is: 'app:H side:-', want: 'UNKNOWN'",
    ],
    ['4.7 group and startedBy of RunTask', runs, "group: 'family:web', startedBy: 'jane'"],
    ['4.7 group and startedBy of a service', 'test/service-on-registry.test.ts', "startedBy: 'ecs-svc/web-d1'"],
    [
      '4.7 startedBy of a schedule',
      'controllers/scheduled-task/controller.test.ts',
      "startedBy: 'events-rule/nightly'",
    ],
    ['4.7, 1.7 how long they may be', task, 'startedBy: 128 characters'],
    ['4.8 command', overrides, 'command replaces'],
    ['4.8 environment', overrides, 'environment merges: the override wins, and adds what is new'],
    ['4.8 environmentFiles', overrides, 'environmentFiles replace the list'],
    ['4.8 cpu, memory, memoryReservation', overrides, "rule: 'memoryReservation'"],
    ['4.8 resourceRequirements', overrides, "rule: 'resourceRequirements'"],
    ['4.8 what is overridden is reserved', overrides, 'is what the scheduler reserves'],
    ['4.8 a container that is not there', overrides, 'of a container that is not there'],
    ['4.8 8192 characters', task, 'overrides: 8192 characters with JSON syntax'],
    ['4.8 an override names its container', task, 'an override names its container'],
    ['4.9 protection from scale-in and rollouts', 'controllers/service/plan.test.ts', 'protected tasks (ecs-core 4.9)'],
    [
      '7.2 PENDING on a draining instance',
      'controllers/service/plan.test.ts',
      'PENDING: stopped at once, and started elsewhere',
    ],
    [
      '7.2 RUNNING on a draining instance',
      'controllers/service/plan.test.ts',
      'RUNNING, 100/200: the replacement starts',
    ],
    [
      '7.2 bounds that block',
      'controllers/service/plan.test.ts',
      'RUNNING, bounds that leave no step: it never drains',
    ],
    ['7.2 daemons go last', 'api/v1/daemon-instances.test.ts', '7.2: drains, and a replica task has not stopped'],
    ['7.2 ... counted', instances, 'counts the tasks of replicas until they have stopped (ecs-core 7.2)'],
    ['7.2 nothing is placed there', place, 'one drains and one is not heard'],
    ['7.3 DeregisterContainerInstance without force', without, 'Found running tasks on the instance.'],
    ['8.1 tasks of a service', 'api/v1/service-rules.test.ts', '(8.1)'],
    ['8.1 containers of a definition', 'api/v1/container-rules.test.ts', 'eleven'],
    ['8.1 64 KiB', 'api/v1/task-definition-rules.test.ts', '65536 bytes'],
    ['8.1 50 tags', 'api/v1/tag-rules.test.ts', 'ecs-core 1.7: 51'],
    ['8.1 10 attributes of an instance', 'api/v1/custom-attributes.test.ts', '8.1: 11'],
    ['8.1 5 strategies', task, '5 strategies'],
    ['9.1 ports in use, not free ones', instances, 'shows ports in use rather than free ones'],
    ['9.5 rounding', 'api/v1/service-bounds.test.ts', 'minimum rounds up, maximum rounds down'],
    ['9.7 what is no deployment', 'api/v1/service-template.test.ts', 'the identical task definition revision: no'],
    ['9.9 nothing to go back to', 'test/service-breaker.test.ts', '(ecs-core 9.9)'],
    [
      '9.11 start-first, with its own revision',
      'test/service-controllers.test.ts',
      'unhealthy ones are replaced start-first',
    ],
    ['9.13 INACTIVE definitions work for their services', 'test/e2e/cli-revisions.test.ts', 'while a service runs it'],
    ['9.14 stop order', agentPlan, 'stopping: the last first'],
    ['9.15 restarts are local and silent', restarts, '9.15'],
    ['9.17 reservations end when a stop begins', place, 'the reservation of a stopping task is free at once'],
    [
      '9.17 ... and the agent waits for the room',
      'controllers/agent/agent-stopping.test.ts',
      'holds a task with a fixed port',
    ],
    ['9.17 memoryReservation before memory', place, 'memoryReservation goes before memory'],
    ['9.19 a daemon is placed first', place, '5.11: what may go to one instance alone comes first'],
    ['9.20 a moved tag', 'test/service-images.test.ts', 'later tasks are told what the first ones found'],
  ])('%s: %s', async (_, file, says) => {
    expect(await read(file)).toContain(says)
  })
})

describe('otherwise, for a reason', () => {
  it.each<readonly [rule: string, decision: string]>([
    ['2.3 RunTask does not queue (4.6, 9.3)', 'a task without a place waits'],
    ['2.3 tags are dropped on stop', "what every object has is said once, in Kubernetes' words"],
    ['3.6 revisions stay for ever', 'a revision goes in steps, and is held by a finalizer'],
    ['4.1 PROVISIONING', 'a task without a place waits'],
    ['4.1 every status is sent', 'statuses are levels'],
    ['4.2 createdAt, version', "what every object has is said once, in Kubernetes' words"],
    ['4.1 desiredStatus of a task that ended by itself', "stops say more than ECS's"],
    ['4.3 reasons of stops by a service', "stops say more than ECS's"],
    ['4.3 the code of a lost host', 'a lost host is a TerminationNotice'],
    ['4.4 variables of ECS, a control group of the task', 'containers do not believe to be in ECS'],
    ['4.5 a stop is tried 5 times', 'a crash loop is slowed'],
    ['4.5, 9.12 UNKNOWN is contagious', 'a health check counts beside a container without one'],
    ['4.6 failures[]', 'a task without a place waits'],
    ['4.8 the image cannot be overridden', 'overrides make another definition'],
    ['4.9 protection on a draining host', "a protection is in the task's spec, and binds to the moment"],
    ['4.9 the endpoint in the task', 'A task cannot protect itself yet'],
    ['4.11 members that repeat the definition', "what every object has is said once, in Kubernetes' words"],
    ['6.5 what is left to chance', 'what ECS leaves to chance is decided by age'],
    ['9.6 RUNNING is not healthy for 40 s', 'RUNNING counts as healthy at once when there is no health check'],
    ['9.8 a crash loop is not slowed', 'a crash loop is slowed'],
    ['8.1 quotas over many objects', 'quotas over many objects are not kept'],
    ['9.16 a disconnect changes nothing', "a lost instance's tasks are replaced"],
    ['9.19 an instance is held free for its daemons', 'an instance that just came is not held free for them'],
  ])('%s: %s', async (_, decision) => {
    expect(await read('ARCHITECTURE.md')).toContain(decision)
  })
})

describe('not there yet, and said to be', () => {
  const fields = new Set([...taskDefinitionNotYet, ...serviceNotYet, ...taskNotYet].map(({ field }) => field))
  it.each<readonly [rule: string, field: string]>([
    ['2.3 enableExecuteCommand', 'enableExecuteCommand'],
    ['2.3 capacityProviderStrategy', 'capacityProviderStrategy'],
    ['2.3 networkConfiguration', 'networkConfiguration'],
    ['2.4 alarms', 'deploymentConfiguration.alarms'],
    ['2.4 load balancers', 'loadBalancers'],
    ['2.4 Service Connect', 'serviceConnectConfiguration'],
    ['2.5 task sets', 'deploymentController.type'],
    ['3.4 links imply an order', 'containerDefinitions[].links'],
    ['3.4 volumesFrom implies an order', 'containerDefinitions[].volumesFrom'],
    ['4.5 GPUs', 'containerDefinitions[].resourceRequirements'],
    ['4.8 taskRoleArn, executionRoleArn', 'overrides.taskRoleArn'],
    ['4.8 ephemeralStorage', 'overrides.ephemeralStorage'],
    ['4.8 inferenceAcceleratorOverrides', 'overrides.inferenceAcceleratorOverrides'],
    ['4.8 environmentFiles have no effect', 'overrides.containerOverrides[].environmentFiles'],
  ])('%s: %s', (_, field) => {
    expect([...fields]).toContain(field)
  })

  it.each<readonly [rule: string, words: string]>([
    ['4.4, 4.10 the metadata endpoint', 'the metadata endpoint'],
    ['2.3 ExecuteCommand', 'ECS Exec'],
    ['2.5, 5.13 task sets', 'task sets (CODE_DEPLOY, EXTERNAL)'],
    ['4.1 Fargate', 'Fargate'],
    ['9.2, 9.3, 9.18 its lists and pages', "ECS's own API"],
  ])('%s: %s', async (_, words) => {
    const readme = await read('README.md')
    expect(readme.slice(readme.indexOf('## What is not there yet'))).toContain(words)
  })
})
