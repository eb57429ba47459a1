/** Containers that their restartPolicy starts again in place, on the real engine: what is restarted, and what is not (ecs-core 4.5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import { Task } from '../../api/v1/task.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

/** The least that a policy may ask for: all that follows waits for it, and does so at once. */
const period = 60
const policy = (more = ''): string =>
  `      restartPolicy: {enabled: true, restartAttemptPeriod: ${period}${more}}\n      portMappings: [{containerPort: 8080}]\n`

/** A container that lives so many seconds the first time, the second time, ..., then for ever and says which life begins; its file system counts them. */
const lives = (name: string, seconds: readonly number[], more = ''): string => {
  const ends = seconds.map((life, n) => `${n + 1}) sleep ${life} & wait $!; exit 3;;`).join(' ')
  const script = `trap 'exit 0' TERM; n=$(($(cat /n 2>/dev/null || echo 0)+1)); echo $n > /n; echo life $n; case $n in ${ends} esac; while :; do sleep 1 & wait $!; done`
  return taskDefinition(name, policy(more)).replace(/command: .*/, `command: ["sh", "-c", ${JSON.stringify(script)}]`)
}

let gantry: Gantry
/** One that is killed. */
let mortal: Gantry
const many = 8
const stopped = 6
beforeAll(async () => {
  await ensureBookstoreImage()
  ;[gantry, mortal] = await Promise.all([Gantry.up(), Gantry.up()])
  const ends = [
    lives('again', [period + 2]),
    lives('ignored', [period + 2], ', ignoredExitCodes: [0, 3]'),
    lives('early', [5]),
    lives('twice', [period + 2, 3]),
    lives('told', []),
  ]
  const services = ['again', 'ignored', 'early', 'twice'].map((name) => service(name, 1))
  const text = [...ends, ...services, service('told', stopped)].join('---\n')
  expect((await gantry.apply(text)).code).toBe(0)
  expect((await mortal.apply(`${lives('all', [])}---\n${service('all', many)}`)).code).toBe(0)
}, 120_000)
afterAll(async () => {
  await gantry[Symbol.asyncDispose]()
  await mortal[Symbol.asyncDispose]()
})

const tasksOf = async (name: string, of = gantry): Promise<readonly Task[]> => {
  const { items } = await of.json<{ readonly items: readonly Task[] }>(
    'get',
    'tasks',
    '-l',
    `gantry.dev/service=${name}`,
  )
  return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
const allRun = (name: string, count: number, of = gantry): Promise<readonly Task[]> =>
  until(`${count} of ${name} run`, async () => {
    const tasks = await tasksOf(name, of)
    return tasks.length === count && tasks.every(({ status }) => status?.lastStatus === 'RUNNING') ? tasks : undefined
  })
const container = ({ status }: Task) => status?.containers?.[0]
const idOf = (task: Task): string => container(task)?.runtimeId ?? ''
const isUp = async (id: string): Promise<boolean> => (await docker.getContainer(id).inspect()).State.Running
const kill = (task: Task): Promise<unknown> => docker.getContainer(idOf(task)).kill()

/** Which lives it says that it began: `[1, 2]` after one restart. */
async function livesOf(task: Task): Promise<readonly number[]> {
  const text = String(await docker.getContainer(idOf(task)).logs({ stdout: true }))
  return [...text.matchAll(/life (\d+)/g)].map(([, n]) => Number(n))
}
const again = async (task: Task): Promise<boolean> => (await livesOf(task)).length > 1
const twice = (task: Task): Promise<unknown> => until('it says that it began again', () => again(task))
/** Until a container that began with its task has run for the period. */
const ran = (tasks: readonly Task[]): Promise<unknown> => {
  const last = Math.max(...tasks.map((task) => Date.parse(container(task)?.startedAt ?? '')))
  return until('they have run for the period', () => Date.now() > last + (period + 1) * 1000, period + 10)
}
/** The first of its tasks that stopped, and what `gantry why` says of it. */
const ended = async (name: string, seconds: number): Promise<readonly [Task, string]> => {
  const task = await until(
    `a task of ${name} has stopped`,
    async () => (await tasksOf(name)).find(({ status }) => status?.lastStatus === 'STOPPED'),
    seconds,
  )
  return [task, (await gantry.run('why', 'task', task.metadata.name)).out]
}

describe('restartPolicy', () => {
  it('starts the same container of the same task again, and says so', async () => {
    const [before] = (await allRun('again', 1)) as [Task]
    const after = await until(
      'it is restarted',
      async () => (await tasksOf('again')).find((task) => container(task)?.restartCount !== undefined),
      period + 30,
    )
    expect(await tasksOf('again')).toHaveLength(1)
    expect(after.metadata.uid).toBe(before.metadata.uid)
    expect(after.spec).toEqual(before.spec)
    const { containers: _1, ...statusBefore } = before.status ?? {}
    const { containers: _2, ...statusAfter } = after.status ?? {}
    expect(statusAfter).toEqual(statusBefore)
    const { State, NetworkSettings } = await docker.getContainer(idOf(before)).inspect()
    const { restartedAt, networkBindings, ...rest } = container(after) ?? {}
    const { networkBindings: _3, ...restBefore } = container(before) ?? {}
    expect(rest).toEqual({ ...restBefore, restartCount: 1 })
    // Docker chooses another port
    expect(networkBindings?.map(({ hostPort }) => String(hostPort))).toEqual([
      NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort,
    ])
    expect(State.Running).toBe(true)
    expect(Math.abs(Date.parse(restartedAt ?? '') - Date.parse(State.StartedAt))).toBeLessThan(1000)
    await twice(after)
    expect(await livesOf(after)).toEqual([1, 2])

    const { name } = after.metadata
    expect((await gantry.run('get', 'task', name, '-o', 'yaml')).out).toContain('restartCount: 1')
    expect((await gantry.run('describe', 'task', name)).out).toContain('restartCount: 1')
    const why = await gantry.run('why', 'task', name)
    expect(why.out).toMatch(
      /^Task \S+ runs as it should\.\n {2}container\/main: its process ended, and its restartPolicy started it again \[ContainerRestarted, \d+s ago\]\nWhat to do: .*gantry logs/,
    )
    expect((await gantry.run('why', 'service', 'again')).out).toMatch(/^Service again is in a steady state: 1 of 1/)
    expect(await gantry.deploymentStatus('again-d1')).toBe('SUCCESSFUL')
  })

  it.each([
    {
      when: 'with a code that it ignores',
      name: 'ignored',
      says: 'its restartPolicy ignores exit code 3',
      restarts: 0,
    },
    {
      when: 'before it ran for the period',
      name: 'early',
      says: /it had run for \d s, and its restartPolicy starts again what ran for 60 s/,
      restarts: 0,
    },
    {
      when: 'too soon after it was started again',
      name: 'twice',
      says: /it had run for \d s, and its restartPolicy starts again what ran for 60 s/,
      restarts: 1,
    },
  ])('lets the task stop when the container ends $when', async ({ name, says, restarts }) => {
    const [task, why] = await ended(name, period + 40)
    expect(task.status).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ lastStatus: 'STOPPED', exitCode: 3 }],
    })
    expect(container(task)?.restartCount ?? 0).toBe(restarts)
    expect(await isUp(idOf(task))).toBe(false)
    expect(await livesOf(task)).toEqual(restarts === 0 ? [1] : [1, 2])
    expect(why).toMatch(says)
    await until('another task runs', async () =>
      (await tasksOf(name)).some(({ metadata, status }) => {
        return metadata.uid !== task.metadata.uid && status?.lastStatus === 'RUNNING'
      }),
    )
  })

  it('does not bring back what is stopped while it is restarted', async () => {
    const tasks = await allRun('told', stopped)
    await ran(tasks)
    const client = kubernetesClient(gantry.kubeConfig, { clock: systemClock, random: systemRandom, log: silentLogger })
    const { signal } = new AbortController()
    const stoppedReason = 'told by the test'
    const body = { spec: { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason } }
    const moments = [() => true, async (task: Task) => !(await isUp(idOf(task))) || (await again(task)), again]
    await Promise.all(
      tasks.map(async (task, n) => {
        await kill(task)
        await until('the moment has come', () => moments[n % moments.length]?.(task))
        const { name } = task.metadata
        await client.patch(Task, { namespace: 'default', name }, { type: 'merge', body }, signal)
      }),
    )
    const uids = new Set(tasks.map(({ metadata }) => metadata.uid))
    const after = await until('all have stopped', async () => {
      const ours = (await tasksOf('told')).filter(({ metadata }) => uids.has(metadata.uid))
      return ours.every(({ status }) => status?.lastStatus === 'STOPPED') ? ours : undefined
    })
    for (const { status } of after) expect(status).toMatchObject({ stopCode: 'UserInitiated', stoppedReason })
    await until('others run', async () => {
      const others = (await tasksOf('told')).filter(({ metadata }) => !uids.has(metadata.uid))
      return others.filter(({ status }) => status?.lastStatus === 'RUNNING').length === stopped
    })
    for (const task of tasks) {
      expect(await isUp(idOf(task))).toBe(false)
      expect((await livesOf(task)).length).toBeLessThanOrEqual(2)
    }
  })
})

describe('a control plane that is killed while containers are to be started again', () => {
  it('starts each of them once, and loses no task', async () => {
    const before = await allRun('all', many, mortal)
    await ran(before)
    // Some are started again by then, one or the other just now, and the rest ends while nobody looks.
    for (const [n, task] of before.entries()) {
      if (n === many / 2) await mortal.kill('SIGKILL')
      await kill(task)
    }
    await mortal.start()
    const after = await until('all are restarted', async () => {
      const tasks = await tasksOf('all', mortal)
      return tasks.every((task) => container(task)?.restartCount !== undefined) ? tasks : undefined
    })
    const gist = ({ metadata, spec, status }: Task) => [metadata.uid, spec, status?.startedAt, status?.lastStatus]
    expect(after.map(gist)).toEqual(before.map(gist))
    expect(after.map(idOf)).toEqual(before.map(idOf))
    for (const task of after) {
      expect(container(task)).toMatchObject({ lastStatus: 'RUNNING', restartCount: 1 })
      expect(await isUp(idOf(task))).toBe(true)
      await twice(task)
      expect(await livesOf(task)).toEqual([1, 2])
    }
    expect(await mortal.containers()).toHaveLength(many)
  })
})
