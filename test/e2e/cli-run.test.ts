/** `gantry run` and `gantry stop` on a real engine: overrides that the container sees, exit codes, idempotency. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTrue } from '../../api/meta/conditions.ts'
import type { Task } from '../../api/v1/task.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
  expect((await gantry.apply(taskDefinition('job'))).code).toBe(0)
}, 120_000)
afterAll(() => gantry[Symbol.asyncDispose]())

const shell = (script: string): readonly string[] => ['--', 'sh', '-c', script]

describe('gantry run', () => {
  it('follows a command of its own, with its environment, and ends with its exit code', async () => {
    const script = 'echo "$GREETING $WHO"; exit 7'
    const ran = await gantry.run('run', 'job', '--follow', '-e', 'GREETING=hello', '--env', 'WHO=a=b', ...shell(script))
    expect(ran.out).toBe('hello a=b\n')
    expect(ran.err).toMatch(/exit code 7: Essential container in task exited \(EssentialContainerExited\)/)
    expect(ran.code).toBe(7)
  })

  it('waits for several at once, and deletes them when told to', async () => {
    const ran = await gantry.run('run', 'job:1', '--count', '3', '--wait', '--rm', '-o', 'name', ...shell('exit 0'))
    expect(ran.code).toBe(0)
    const names = ran.out.trim().split('\n')
    expect(names).toHaveLength(3)
    for (const name of names) expect((await gantry.run('get', name)).err).toContain('not found')
  })

  it("takes all of ECS's overrides as JSON: limits reach the engine", async () => {
    // control groups of version 2, or of version 1
    const script = 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'
    const overrides = { containerOverrides: [{ name: 'main', memory: 24, command: ['sh', '-c', script] }] }
    const ran = await gantry.run('run', 'job', '--follow', '--overrides', JSON.stringify(overrides))
    expect(ran).toMatchObject({ code: 0, out: `${24 * 2 ** 20}\n` })
  })

  it('ends with 125 when nothing ever ran, and says why', async () => {
    const image = 'gantry/there-is-no-such-image:1'
    const ran = await gantry.run('run', 'job', '--wait', '--image', image)
    expect(ran.code).toBe(125)
    expect(ran.err).toMatch(/CannotPullContainerError: .*\(TaskFailedToStart\)/)
    const bad = await gantry.run('run', 'job', '--wait', '--command', '/no/such/command')
    expect(bad.code).toBe(125)
    expect(bad.err).toMatch(/CannotStartContainerError: .*\(TaskFailedToStart\)/)
  })

  it('says why a task does not begin, while it waits', async () => {
    const ran = gantry.run('run', 'job', '--wait', '--memory', '99999999', '--started-by', 'tight', '-o', 'name')
    const { metadata } = await until('it has no place', async () => {
      const { items } = await gantry.json<{ items: Task[] }>('get', 'tasks')
      return items.find(({ spec, status }) => spec.startedBy === 'tight' && isTrue(status?.conditions, 'Reconciling'))
    })
    expect((await gantry.run('stop', metadata.name)).code).toBe(0)
    expect((await ran).err).toMatch(
      /^task \S+ waits for a place: 0\/1 instances: 1 short of memory .*\ntask \S+ stopped/,
    )
  })

  it('does once what has one token, and refuses other parameters under it', async () => {
    const run = (...more: readonly string[]) =>
      gantry.run('run', 'job', '--client-token', 'nightly', '-o', 'name', ...more, ...shell('exit 0'))
    const first = await run()
    expect((await run()).out).toBe(first.out)
    const other = await run('--count', '2')
    expect(other.code).toBe(1)
    expect(other.err).toContain('the client token "nightly" was used with other parameters')
  })

  it('gives tags of its own and of the cluster', async () => {
    const flags = ['--tag', 'team=web', '--enable-ecs-managed-tags', '--propagate-tags', 'TASK_DEFINITION']
    const ran = await gantry.run('run', 'job', ...flags, '-o', 'name', ...shell('exit 0'))
    const task = await gantry.json<Task>('get', 'task', ran.out.trim().replace(/^.*\//, ''))
    expect(task.spec.tags).toMatchObject([{ key: 'team' }, { key: 'aws:ecs:clusterName', value: 'default' }])
    expect((await gantry.run('run', 'job', '--tag', 'aws:x=y')).err).toContain('the prefix aws: is reserved')
    expect((await gantry.run('run', 'job', '--propagate-tags', 'SERVICE')).err).toContain('TASK_DEFINITION, NONE')
  })

  it('says what is wrong by field, with what is allowed', async () => {
    const overrides = '{"containerOverrides":[{"name":"web"}]}'
    const ran = await gantry.run('run', 'job', '--overrides', overrides)
    expect(ran.err).toContain('spec.overrides.containerOverrides[0].name: Invalid value: "web": ')
    expect(ran.err).toContain('allowed: main')
    expect((await gantry.run('run', 'job', '--count', '11')).err).toContain('Allowed: 1 to 10.')
  })
})

describe('gantry stop', () => {
  it('stops a task for the reason given', async () => {
    const [name = ''] = (await gantry.run('run', 'job', '-o', 'name')).out.trim().split('\n')
    const bare = name.replace(/^.*\//, '')
    const stopped = await gantry.run('stop', bare, '--reason', 'maintenance', '--wait')
    expect(stopped).toMatchObject({ code: 0, out: `task.gantry.dev/${bare} stopped\n` })
    const task = await gantry.json<Task>('get', 'task', bare)
    expect(task.status).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'maintenance' })
    expect((await gantry.run('stop', bare)).out).toContain('has stopped already')
  })
})
