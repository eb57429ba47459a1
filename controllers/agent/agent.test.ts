/** The life of an agent: its registration, and tasks that start, run and die. */
import { describe, expect, it } from 'vitest'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Lease } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { Fault } from '../../lib/errors.ts'
import { millis, minutes, seconds } from '../../lib/time.ts'
import { aRunningAgent, aWorld, behaves } from '../../test/builders/agent-world.ts'
import { aTask } from '../../test/builders/kinds.ts'

describe('registration', () => {
  it('registers what the machine has and renews its lease every 5 s', async () => {
    const w = await aRunningAgent({ zone: 'a', attributes: { rack: '7' } })
    const [instance] = w.client.all(ContainerInstance)
    expect(instance?.status).toMatchObject({
      status: 'ACTIVE',
      agentConnected: true,
      registeredResources: { cpu: 4096, memory: 8192, ports: [22, 2375, 2376, 51678, 51679], portsUdp: [] },
      versionInfo: { dockerVersion: 'fake' },
    })
    expect(instance?.status?.attributes).toEqual(
      expect.arrayContaining([
        { name: 'ecs.os-type', value: 'linux' },
        { name: 'ecs.cpu-architecture', value: 'x86_64' },
        { name: 'ecs.availability-zone', value: 'a' },
        { name: 'rack', value: '7' },
        { name: 'ecs.capability.container-health-check' },
      ]),
    )
    const [first] = w.client.all(Lease)
    expect(first?.metadata.name).toBe('container-instance-one')
    expect(first?.spec.leaseDurationSeconds).toBe(15)
    await w.pass(seconds(5))
    const [second] = w.client.all(Lease)
    expect(Date.parse(second?.spec.renewTime ?? '') - Date.parse(first?.spec.renewTime ?? '')).toBe(5000)
  })

  it('adopts its instance after a restart and does not write what is already said', async () => {
    const w = await aRunningAgent()
    const before = w.client.all(ContainerInstance)[0]
    await w.stopAgent()
    await w.startAgent()
    expect(w.client.all(ContainerInstance)).toEqual([before])
  })

  it('offers a share of the machine when told to, and registers again when its object is deleted', async () => {
    const w = await aRunningAgent({ cpu: 512, memory: 300 })
    const [instance] = w.client.all(ContainerInstance)
    expect(instance?.status?.registeredResources).toMatchObject({ cpu: 512, memory: 300 })
    await w.client.remove(instance as ContainerInstance)
    await w.pass(seconds(1))
    expect(w.client.all(ContainerInstance)[0]?.status?.registeredResources).toMatchObject({ cpu: 512 })
  })

  it('is ready once, when the API has the instance with its resources', async () => {
    const w = await aWorld()
    w.trouble = (verb, kind) =>
      verb === 'updateStatus' && kind === 'ContainerInstance' ? new Fault('Unavailable', 'away') : undefined
    await w.startAgent()
    await w.pass(seconds(1))
    expect(w.client.all(ContainerInstance)).toHaveLength(1)
    expect(w.ready).toEqual([])
    w.trouble = undefined
    await w.pass(minutes(1))
    expect(w.ready).toMatchObject([{ status: { registeredResources: { cpu: expect.any(Number) } } }])
    const [instance] = w.client.all(ContainerInstance)
    await w.client.remove(instance as ContainerInstance)
    await w.pass(seconds(1))
    expect(w.ready).toHaveLength(1)
  })

  it('keeps renewing its lease through an API that is away for a while', async () => {
    const w = await aRunningAgent()
    w.trouble = () => new Fault('Unavailable', 'no server')
    await w.pass(minutes(1))
    w.trouble = undefined
    await w.pass(seconds(2))
    expect(Date.parse(w.client.all(Lease)[0]?.spec.renewTime ?? '')).toBeGreaterThan(w.clock.now() - 2000)
  })

  it('leaves containers and lease alone when told to end', async () => {
    const w = await aRunningAgent()
    await w.run([{}])
    await w.pass(seconds(1))
    const lease = w.client.all(Lease)[0]
    await w.stopAgent()
    await w.pass(seconds(30))
    expect(w.running()).toEqual(['app'])
    expect(w.client.all(Lease)[0]).toEqual(lease)
    expect(w.client.all(ContainerInstance)[0]?.status?.agentConnected).toBe(true)
  })
})

describe('starting', () => {
  it('runs a task with one status write and the labels of the ECS agent', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ portMappings: [{ containerPort: 80, protocol: 'tcp' }] }])
    await w.pass(millis(100))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'RUNNING',
      healthStatus: 'UNKNOWN',
      connectivity: 'CONNECTED',
      containers: [
        {
          name: 'app',
          image: 'app:1',
          lastStatus: 'RUNNING',
          networkBindings: [{ bindIP: '0.0.0.0', containerPort: 80, hostPort: 32768, protocol: 'tcp' }],
        },
      ],
    })
    expect(w.task(name).status?.startedAt).toBeDefined()
    expect(w.taskWrites).toBe(1)
    expect(w.engine.containers()[0]).toMatchObject({
      name: 'ecs-web-1-app-idweb101'.replace('idweb101', 'uidweb101'.slice(-12)),
      labels: {
        'com.amazonaws.ecs.task-arn': 'arn:aws:ecs:local:000000000000:task/default/uidweb101',
        'com.amazonaws.ecs.cluster': 'default',
        'com.amazonaws.ecs.container-name': 'app',
        'com.amazonaws.ecs.task-definition-family': 'web',
        'com.amazonaws.ecs.task-definition-version': '1',
      },
    })
  })

  it('says PENDING when it pulls, and when the pull began and ended', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ image: 'far:1' }])
    await w.pass(millis(100))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'PENDING' })
    expect(w.task(name).status?.pullStartedAt).toBeDefined()
    await w.pass(seconds(4))
    const { pullStartedAt = '', pullStoppedAt = '', lastStatus } = w.task(name).status ?? {}
    expect(lastStatus).toBe('RUNNING')
    expect(Date.parse(pullStoppedAt) - Date.parse(pullStartedAt)).toBe(3000)
  })

  it('says PENDING when a start takes more than a second', async () => {
    const w = await aRunningAgent()
    const name = await w.run([behaves('start:3s')])
    await w.pass(millis(900))
    expect(w.task(name).status).toBeUndefined()
    await w.pass(millis(200))
    expect(w.task(name).status?.lastStatus).toBe('PENDING')
    await w.pass(seconds(3))
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
  })

  it.each([
    { when: 'the image cannot be pulled', container: { image: 'missing:1' }, reason: /^CannotPullContainerError: / },
    {
      when: 'the engine refuses to create',
      container: behaves('create:fail'),
      reason: /^CannotCreateContainerError: /,
    },
    { when: 'the engine refuses to start', container: behaves('start:fail'), reason: /^CannotStartContainerError: / },
  ])('fails the task when $when', async ({ container, reason }) => {
    const w = await aRunningAgent()
    const name = await w.run([{ name: 'bad', ...container }, { name: 'good' }])
    await w.pass(seconds(5))
    const { status } = w.task(name)
    expect(status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' })
    expect(status?.stoppedReason).toMatch(reason)
    expect(status?.startedAt).toBeUndefined()
    expect(status?.containers?.[0]).toMatchObject({ name: 'bad', lastStatus: 'STOPPED' })
    expect(status?.containers?.[0]?.exitCode).toBeUndefined()
    expect(status?.containers?.[0]?.reason).toMatch(reason)
    expect(w.running()).toEqual([])
  })

  it('fails a task whose definition does not exist', async () => {
    const w = await aRunningAgent()
    await w.client.put(aTask({ name: 'lost', spec: { taskDefinition: 'gone.9', containerInstance: 'one' } }))
    await w.pass(seconds(1))
    expect(w.task('lost').status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' })
    expect(w.task('lost').status?.stoppedReason).toContain('gone.9')
  })

  it('runs a task whose non-essential container cannot start', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ name: 'main' }, { name: 'extra', essential: false, ...behaves('start:fail') }])
    await w.pass(seconds(1))
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
    expect(w.task(name).status?.containers?.map(({ lastStatus }) => lastStatus)).toEqual(['RUNNING', 'STOPPED'])
  })

  it('waits for an engine that is away, and starts once it is back', async () => {
    const w = await aRunningAgent()
    w.engine.setDown(true)
    const name = await w.run([{}])
    await w.pass(seconds(30))
    expect(w.task(name).status?.lastStatus).toBe('PENDING')
    w.engine.setDown(false)
    // Once the event stream is back, not at the end of a pause that has grown long.
    await w.pass(seconds(2))
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
  })

  it('starts at most so many containers at once, and a slow stop holds up no start', async () => {
    const w = await aRunningAgent({ concurrency: 2 })
    for (let at = 0; at < 6; at += 1) await w.run([behaves('stop:never')], { name: `old-${at}` })
    await w.pass(seconds(1))
    for (let at = 0; at < 6; at += 1) await w.stopTask(`old-${at}`)
    await w.pass(seconds(1))
    for (let at = 0; at < 4; at += 1) await w.run([behaves('start:10s')], { name: `new-${at}` })
    await w.pass(millis(9_900))
    const started = (): number =>
      w.client.all(Task).filter((task) => task.metadata.name.startsWith('new') && task.status?.lastStatus === 'RUNNING')
        .length
    expect(started()).toBe(0)
    await w.pass(millis(200))
    expect(started()).toBe(2)
    await w.pass(seconds(10))
    expect(started()).toBe(4)
    expect(w.task('old-0').status?.lastStatus).toBe('STOPPING')
  })
})

describe('dependencies', () => {
  it('starts after SUCCESS of an init container, and stops in reverse order', async () => {
    const w = await aRunningAgent()
    const name = await w.run([
      { name: 'init', essential: false, ...behaves('exit:0 after:2s') },
      { name: 'db', ...behaves('stop:1s') },
      {
        name: 'app',
        dependsOn: [
          { containerName: 'init', condition: 'SUCCESS' },
          { containerName: 'db', condition: 'START' },
        ],
        ...behaves('stop:2s'),
      },
    ])
    await w.pass(seconds(1))
    expect(w.running()).toEqual(['init', 'db'])
    await w.pass(seconds(2))
    expect(w.running()).toEqual(['db', 'app'])
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
    await w.stopTask(name)
    await w.pass(millis(1900))
    expect(w.running()).toEqual(['db', 'app'])
    await w.pass(millis(200))
    expect(w.running()).toEqual(['db'])
    await w.pass(seconds(1))
    expect(w.task(name).status?.lastStatus).toBe('STOPPED')
  })

  it('fails the task when a dependency can never be met', async () => {
    const w = await aRunningAgent()
    const name = await w.run([
      { name: 'init', essential: false, ...behaves('exit:1') },
      { name: 'app', dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] },
    ])
    await w.pass(seconds(1))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'TaskDependencyError: container init can no longer reach SUCCESS',
    })
    expect(w.running()).toEqual([])
  })

  it('waits for HEALTHY', async () => {
    const w = await aRunningAgent()
    const healthCheck = { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 1 }
    const name = await w.run([
      { name: 'db', healthCheck },
      { name: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
    ])
    await w.pass(seconds(4))
    expect(w.running()).toEqual(['db'])
    await w.pass(seconds(2))
    expect(w.running()).toEqual(['db', 'app'])
    expect(w.task(name).status?.healthStatus).toBe('UNKNOWN')
  })
})

describe('running', () => {
  it('notices a killed container at once, by its event', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(1))
    w.engine.killContainer(w.engine.containers()[0]?.id ?? '')
    await w.pass(millis(0))
    const { status } = w.task(name)
    expect(status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ lastStatus: 'STOPPED', exitCode: 137 }],
    })
    expect(status?.executionStoppedAt).toBe(status?.containers?.[0]?.stoppedAt)
    expect(w.taskWrites).toBe(2)
  })

  it('stops the others when an essential container exits, and is STOPPED only when all are', async () => {
    const w = await aRunningAgent()
    const name = await w.run([
      { name: 'main', ...behaves('exit:1 after:5s') },
      { name: 'slow', ...behaves('stop:4s') },
    ])
    await w.pass(seconds(4))
    expect(w.task(name).status?.lastStatus).toBe('RUNNING')
    await w.pass(seconds(2))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPING', stopCode: 'EssentialContainerExited' })
    await w.pass(seconds(4))
    expect(w.task(name).status?.lastStatus).toBe('STOPPED')
    expect(w.task(name).status?.containers?.map(({ exitCode }) => exitCode)).toEqual([1, 143])
  })

  it('keeps running when a container that is not essential exits', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{ name: 'main' }, { name: 'job', essential: false, ...behaves('exit:0 after:3s') }])
    await w.pass(seconds(5))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'STOPPED', exitCode: 0 }],
    })
  })

  it('gives a task that exits at once its startedAt', async () => {
    const w = await aRunningAgent()
    const name = await w.run([behaves('exit:7')])
    await w.pass(millis(100))
    expect(w.task(name).status).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode: 7 }],
    })
    expect(w.task(name).status?.startedAt).toBeDefined()
  })

  it('says OutOfMemoryError', async () => {
    const w = await aRunningAgent()
    const name = await w.run([behaves('oom:2s')])
    await w.pass(seconds(3))
    expect(w.task(name).status?.containers?.[0]).toMatchObject({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    })
  })

  it.each([
    { when: 'healthy', script: 'health:1s', health: 'HEALTHY' },
    { when: 'unhealthy', script: 'health:never', health: 'UNHEALTHY' },
  ])('reports a health check that turns $when', async ({ script, health }) => {
    const w = await aRunningAgent()
    const healthCheck = { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 3 }
    const name = await w.run([{ healthCheck, ...behaves(script) }])
    await w.pass(seconds(2))
    expect(w.task(name).status?.healthStatus).toBe('UNKNOWN')
    await w.pass(seconds(20))
    expect(w.task(name).status).toMatchObject({ healthStatus: health, containers: [{ healthStatus: health }] })
  })

  it('reports a container that vanished from the engine', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(1))
    await w.engine.remove(w.engine.containers()[0]?.id ?? '', new AbortController().signal)
    await w.pass(millis(100))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' })
  })

  it('survives an engine restart: what died is reported, what is asked for later starts', async () => {
    const w = await aRunningAgent()
    const name = await w.run([{}])
    await w.pass(seconds(1))
    w.engine.setDown(true)
    w.engine.powerCut()
    await w.pass(seconds(5))
    w.engine.setDown(false)
    await w.pass(seconds(1))
    expect(w.task(name).status).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 137 }] })
    const next = await w.run([{}], { name: 'web-1-0-2' })
    await w.pass(seconds(1))
    expect(w.task(next).status?.lastStatus).toBe('RUNNING')
  })

  it('writes nothing more once a task runs', async () => {
    const w = await aRunningAgent()
    await w.run([{}])
    await w.pass(seconds(1))
    const before = w.taskWrites
    await w.pass(minutes(5))
    expect(w.taskWrites).toBe(before)
  })
})
