import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Service } from '../../api/v1/service.ts'
import type { Task } from '../../api/v1/task.ts'
import { ensureBookstoreImage } from '../../hack/image.ts'
import { until } from '../until.ts'
import { Gantry, gantry as run, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
let folder: string
beforeAll(async () => {
  await ensureBookstoreImage()
  gantry = await Gantry.up()
  folder = await mkdtemp(join(tmpdir(), 'gantry-apply-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await gantry[Symbol.asyncDispose]()
})

const cluster = 'apiVersion: gantry.dev/v1\nkind: Cluster\nmetadata:\n  name: shop\n'
const statusOf = async (name: string) => (await gantry.json<Service>('get', 'service', name)).status
const tasksOf = async (name: string) =>
  (await gantry.json<{ items: Task[] }>('get', 'tasks', '-l', `gantry.dev/service=${name}`)).items

describe('gantry apply', () => {
  it('creates, leaves unchanged, configures, and takes back what the file no longer says', async () => {
    const text = `${taskDefinition('once')}---\n${service('once', 0)}`
    expect((await gantry.apply(text)).out).toBe(
      'taskdefinition.gantry.dev/once created\nservice.gantry.dev/once created\n',
    )
    expect((await gantry.apply(text)).out).toBe(
      'taskdefinition.gantry.dev/once unchanged\nservice.gantry.dev/once unchanged\n',
    )
    const labelled = text.replace(/kind: Service\nmetadata:\n/, '$&  labels: {tier: shop}\n')
    expect((await gantry.apply(labelled)).out).toMatch(/^service\.gantry\.dev\/once configured$/m)
    expect((await gantry.json<Service>('get', 'service', 'once')).metadata.labels).toMatchObject({ tier: 'shop' })
    await gantry.apply(text)
    expect((await gantry.json<Service>('get', 'service', 'once')).metadata.labels?.tier).toBeUndefined()
  })

  it('takes documents in any order, references among them included', async () => {
    const ofShop = service('ordered', 0).replace('name: ordered', 'name: ordered\n  namespace: shop')
    const { code, out, err } = await gantry.apply(`${ofShop}---\n${taskDefinition('ordered')}---\n${cluster}`)
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/service\.gantry\.dev\/ordered created/)
    expect((await gantry.run('get', 'services', '-n', 'shop', '-o', 'name')).out).toBe('service.gantry.dev/ordered\n')
    expect((await gantry.run('get', 'services', '-A')).out).toMatch(/^shop +ordered /m)
  })

  it('reads folders, JSON and Lists', async () => {
    await writeFile(
      join(folder, 'b.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [json('in-list')] }),
    )
    await writeFile(join(folder, 'a.yml'), taskDefinition('in-folder'))
    await writeFile(join(folder, 'README.txt'), 'not: [a manifest')
    const { out, code } = await gantry.run('apply', '-f', folder, '-o', 'json')
    expect(code).toBe(0)
    const { kind, items } = JSON.parse(out) as { kind: string; items: Service[] }
    expect(kind).toBe('List')
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['in-list', 'in-folder'])
  })

  it('survives others who write at the same time', async () => {
    const texts = Array.from({ length: 6 }, (_, i) =>
      cluster.replace('name: shop', `name: shop\n  labels: {writer${i}: "x"}`),
    )
    const ran = await Promise.all(texts.map((text) => gantry.apply(text)))
    expect(ran.map(({ err }) => err)).toEqual(texts.map(() => ''))
    expect(ran.map(({ code }) => code)).toEqual(texts.map(() => 0))
  })

  it('prints what the server warns of', async () => {
    const { err, code } = await gantry.apply(
      taskDefinition('warned').replace(
        'spec:',
        'spec:\n  taskDefinitionArn: arn:aws:ecs:eu-west-1:1:task-definition/x:1',
      ),
    )
    expect(err).toMatch(/^warning: .*taskDefinitionArn/m)
    expect(code).toBe(0)
  })
})

const json = (name: string) => ({ apiVersion: 'gantry.dev/v1', kind: 'Cluster', metadata: { name } })

describe('a service', () => {
  it('runs, is shown, logs, and goes with its containers', async () => {
    const talks = taskDefinition('talker').replace("'exit 0' TERM;", "'exit 0' TERM; echo hello from $NAME;")
    const named = `${talks}      environment: [{name: NAME, value: talker}]\n`
    expect((await gantry.apply(`${named}---\n${service('talker', 2)}`)).err).toBe('')
    await until('two tasks run', async () => (await statusOf('talker'))?.runningCount === 2)
    expect((await gantry.containers()).filter(({ State }) => State === 'running')).toHaveLength(2)

    const table = (await gantry.run('get', 'service', 'talker')).out
    expect(table).toMatch(/^NAME +DESIRED +RUNNING +PENDING +TASK-DEFINITION +ROLLOUT +AGE\ntalker +2 +2 +0 +talker:1 /)
    const [task] = await tasksOf('talker')
    const name = task?.metadata.name ?? ''
    expect((await gantry.run('get', 'tasks', '-o', 'wide')).out).toMatch(/REASON/)
    expect((await gantry.run('get', 'tasks', '-o', 'yaml')).out).toMatch(/^apiVersion: v1\nkind: List\n/)
    await until('the events are there', async () =>
      /Events:\n +TYPE +REASON +AGE +FROM +MESSAGE\n +Normal/.test(
        (await gantry.run('describe', 'service', 'talker')).out,
      ),
    )
    expect(await gantry.json('describe', 'task', name)).toMatchObject({
      object: { kind: 'Task' },
      events: expect.any(Array),
    })
    expect((await gantry.run('logs', name)).out).toBe('hello from talker\n')
    expect((await gantry.run('logs', `task/${name}`, '-c', 'main', '--tail', '1')).out).toBe('hello from talker\n')
    expect((await gantry.run('logs', name, '-c', 'other')).err).toMatch(/other.*main/)

    const refused = await gantry.run('delete', 'service', 'talker', '--no-force')
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('talker: The service cannot be stopped while it is scaled above 0.')
    expect((await gantry.run('delete', 'containerinstance', gantry.instance, '--no-force')).err).toContain(
      'Found running tasks on the instance.',
    )
    const deleted = await gantry.run('delete', 'service', 'talker')
    expect(deleted).toMatchObject({ code: 0, out: 'service.gantry.dev/talker deleted\n' })
    await until('its containers are gone', async () => (await gantry.containers()).length === 0)
    await until('its tasks are gone', async () => (await tasksOf('talker')).length === 0)
  })

  it('is deleted by the files that made it', async () => {
    const file = join(folder, 'whole.yaml')
    await writeFile(file, `${taskDefinition('whole')}---\n${service('whole', 1)}`)
    await gantry.run('apply', '-f', file)
    await until('it runs', async () => (await statusOf('whole'))?.runningCount === 1)
    expect((await gantry.run('delete', '-f', file, '-o', 'json')).out).toBe(
      `${JSON.stringify({ deleted: ['service.gantry.dev/whole', 'taskdefinition.gantry.dev/whole'] }, null, 2)}\n`,
    )
    await until('its containers are gone', async () => (await gantry.containers()).length === 0)
    expect((await gantry.run('delete', '-f', file)).code).toBe(1)
    expect((await gantry.run('delete', '-f', file, '--ignore-not-found')).code).toBe(0)
  })

  it('is followed with --watch', async () => {
    await gantry.apply(`${taskDefinition('seen')}---\n${service('seen', 0)}`)
    const controller = new AbortController()
    const lines: string[] = []
    const watching = gantry.follow(
      ['get', 'service', 'seen', '-w', '-o', 'json'],
      (line) => lines.push(line),
      controller.signal,
    )
    await until('the first line is there', () => lines.length > 0)
    await gantry.apply(service('seen', 1))
    await until('it is seen running', () =>
      lines.some((line) => (JSON.parse(line) as { object: Service }).object.status?.runningCount === 1),
    )
    await gantry.run('delete', 'service', 'seen')
    await until('it is seen going', () =>
      lines.some((line) => (JSON.parse(line) as { type: string }).type === 'DELETED'),
    )
    controller.abort()
    await watching
  })
})

describe('without a server', () => {
  it('says so, and what to do', async () => {
    const { code, err } = await run(['get', 'services', '--data-dir', folder])
    expect(err).toMatch(/there is no Gantry server here: .*kubeconfig does not exist; start one with `gantry up`/)
    expect(code).toBe(1)
  })
  it('says so when it has ended', async () => {
    const gone = await Gantry.up()
    await gone.kill('SIGTERM')
    const { code, err } = await gone.run('get', 'services')
    expect(err).toMatch(new RegExp(`no Gantry server answers at ${gone.url}.*gantry up`, 's'))
    expect(code).toBe(1)
    await gone[Symbol.asyncDispose]()
  })
})
