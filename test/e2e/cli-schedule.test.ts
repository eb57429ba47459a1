/** Scheduled tasks on the real engine: they run at their times, when asked, and again when they fail; each time once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ScheduledTask } from '../../api/v1/scheduled-task.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { kubectlVersions } from '../kubectl-binary.ts'
import { until } from '../until.ts'
import { Gantry } from './cli-gantry.ts'
import { KubectlBed } from './kubectl-bed.ts'

const definition = (name: string, script: string): string => `apiVersion: gantry.dev/v1
kind: TaskDefinition
metadata:
  name: ${name}
spec:
  containerDefinitions:
    - name: main
      image: gantry/bookstore:1
      command: ["sh", "-c", "${script}"]
      memory: 16
      stopTimeout: 2
`
const scheduled = (name: string, schedule: string, more = ''): string => `apiVersion: gantry.dev/v1
kind: ScheduledTask
metadata:
  name: ${name}
spec:
  schedule: ${schedule}
  taskTemplate:
    taskDefinition: ${name}
${more}`

let one: Gantry
const get = (name: string): Promise<ScheduledTask> => one.json('schedule', 'describe', name)
const runs = async (name: string) => (await get(name)).status?.runs ?? []
/** Tasks whose containers the engine has, by the names of their runs. */
const made = async (name: string): Promise<readonly string[]> =>
  (await one.containers())
    .map(({ Labels }) => Labels['gantry.dev/task'] ?? '')
    .filter((task) => task.startsWith(`${name}-`))
    .sort()

beforeAll(async () => {
  await ensureBookstoreImage()
  one = await Gantry.up()
})
afterAll(() => one[Symbol.asyncDispose]())

describe('a schedule', () => {
  it('runs at its rate, through a crash of the control plane, each time once', { timeout: 240_000 }, async () => {
    const history = '  successfulRunsHistoryLimit: 50\n'
    const files = [definition('steady', 'sleep 4'), scheduled('steady', 'rate(1 minute)', history)]
    expect((await one.apply(files.join('---\n'))).err).toBe('')
    await until('the first run is under way', async () => (await runs('steady'))[0]?.status === 'RUNNING')
    await one.kill('SIGKILL')
    await one.start()
    const first = await until('it has ended', async () => {
      const run = (await runs('steady')).at(-1)
      return run?.status === 'SUCCEEDED' ? run : undefined
    })
    const { metadata } = await get('steady')
    expect(first).toMatchObject({ trigger: 'Schedule', exitCode: 0, attempt: 1 })
    expect(first.scheduledTime).toBe(metadata.creationTimestamp)
    await until('the second has begun', async () => (await runs('steady')).length > 1, 90)
    expect((await one.run('schedule', 'suspend', 'steady')).out).toBe('scheduledtask.gantry.dev/steady suspended\n')
    await until('all have ended', async () => (await runs('steady')).every(({ status }) => status === 'SUCCEEDED'))
    const times = (await runs('steady')).map(({ scheduledTime }) => Date.parse(scheduledTime))
    // one that is late by a minute makes room for the next
    expect(times.slice(1).map((time, n) => ((times[n] ?? 0) - time) % 60_000)).toEqual(times.slice(1).map(() => 0))
    expect(new Set(times).size).toBe(times.length)
    expect(await made('steady')).toEqual((await runs('steady')).flatMap(({ tasks }) => tasks).sort())
    const list = await one.run('schedule', 'list')
    expect(list.out).toMatch(/^NAME +SCHEDULE +SUSPEND +ACTIVE +LAST +NEXT +AGE\nsteady +rate\(1 minute\) +true +0 /)
  })

  it('runs when asked, also suspended, and says how it went', async () => {
    const suspended = '  suspend: true\n  activeDeadlineSeconds: 60\n'
    await one.apply([definition('asked', 'exit 0'), scheduled('asked', '"0 3 * * *"', suspended)].join('---\n'))
    const ran = await one.run('schedule', 'run', 'asked', '--wait')
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^run asked-m\d+ succeeded, exit code 0\n$/) })
    expect(await runs('asked')).toMatchObject([{ trigger: 'Manual', status: 'SUCCEEDED' }])
  })

  it('says that it waits for a place, and why', async () => {
    const big = definition('big', 'exit 0').replace('memory: 16', 'memory: 9000000')
    await one.apply([big, scheduled('big', 'rate(1 day)', '  suspend: true\n')].join('---\n'))
    const { code, err } = await one.run('schedule', 'run', 'big', '--wait', '--timeout', '5s')
    const waits = 'run big-m\\d+: task \\S+ waits for a place: 0/1 instances: 1 short of memory \\(9000000 MiB\\)'
    expect(err).toMatch(new RegExp(`^${waits}$`, 'm'))
    expect(err).toMatch(new RegExp(`after 5 s: ${waits}$`, 'm'))
    expect(err).not.toContain('running')
    expect(code).toBe(1)
  })

  it('tries again when it fails, and fails for good', { timeout: 120_000 }, async () => {
    const policy = '  suspend: true\n  retryPolicy: { maximumRetryAttempts: 1 }\n'
    await one.apply([definition('failing', 'exit 7'), scheduled('failing', 'rate(1 day)', policy)].join('---\n'))
    const { code, out, err } = await one.run('schedule', 'run', 'failing', '--wait')
    expect(code).toBe(1)
    expect(err).toMatch(/run failing-m\d+ retrying, exit code 7: .*; next attempt at /)
    expect(out).toMatch(/failed \(attempt 2\), exit code 7: .*Essential container in task exited/)
    expect(await made('failing')).toHaveLength(2)
    const described = await one.run('schedule', 'describe', 'failing')
    expect(described.out).toMatch(
      /RUN +TRIGGER +DUE +TOOK +STATUS +ATTEMPT +EXIT +REASON\n {2}failing-m\d+ +Manual .* FAILED +2 +7 /,
    )
  })

  it('is stopped at its deadline', { timeout: 120_000 }, async () => {
    const policy = '  suspend: true\n  activeDeadlineSeconds: 2\n'
    await one.apply([definition('endless', 'sleep 600'), scheduled('endless', 'rate(1 day)', policy)].join('---\n'))
    const { code, out } = await one.run('schedule', 'run', 'endless', '--wait')
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('DeadlineExceeded') })
  })

  it('takes orders from kubectl, and what is wrong is said at the door', async () => {
    using bed = await KubectlBed.make(kubectlVersions[0], one.kubeConfig)
    await bed.run('annotate', 'scheduledtask', 'asked', 'gantry.dev/run-now=kubectl', '--overwrite')
    await until('the run has ended', async () => {
      const { status } = await get('asked')
      return status?.lastRunRequest === 'kubectl' && status.active === 0
    })
    expect(await bed.run('get', 'sched', 'asked')).toMatch(/^NAME +SCHEDULE +SUSPEND +ACTIVE +LAST +NEXT +AGE\nasked /)
    expect(await bed.run('explain', 'scheduledtask.spec.schedule')).toContain('cron(0 3 * * ? *)')
    const wrong = await one.apply(scheduled('wrong', 'cron(0 25 * * ? *)'))
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain('spec.schedule: Invalid value: "cron(0 25 * * ? *)": the hours field cannot hold "25"')
  })
})
