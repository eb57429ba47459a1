/** Two operators on an API server that does only what a Kubernetes cluster does by itself, and an agent on the real engine. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { conditionOf } from '../../api/meta/conditions.ts'
import { Cluster } from '../../api/v1/cluster.ts'
import { Lease, Namespace } from '../../api/v1/core.ts'
import { Service } from '../../api/v1/service.ts'
import { Task } from '../../api/v1/task.ts'
import { systemNamespace } from '../../api/v1/well-known.ts'
import { sleep, systemClock } from '../../lib/clock.ts'
import { seconds } from '../../lib/time.ts'
import { type SilentProxy, startSilentProxy } from '../conformance/silent-proxy.ts'
import { until } from '../until.ts'
import { apply, ClusterBed, clientOf, scale, steady } from './cluster-bed.ts'
import { TaskHistory } from './cluster-history.ts'
import { startsOf } from './cluster-ledger.ts'
import type { GantryProcess } from './cluster-process.ts'

/** How long the API server is away: longer than a lease of the leader lasts. */
const outage = seconds(15)

/** An operator that reaches the server through a line of its own. */
interface Operator {
  readonly process: GantryProcess
  readonly line: SilentProxy
}

let bed: ClusterBed
let server: GantryProcess
let operators: readonly [Operator, Operator]
let client: ResourceClient
let history: TaskHistory

const example = (path: string): string =>
  readFileSync(new URL(`../../deploy/examples/bookstore/${path}`, import.meta.url), 'utf8')

async function anOperator(name: string): Promise<Operator> {
  const line = await startSilentProxy(server.url)
  const kubeconfig = join(bed.directory, `${name}.kubeconfig`)
  const through = line.endpoint.replace('http:', 'https:')
  writeFileSync(kubeconfig, readFileSync(server.kubeConfig, 'utf8').replaceAll(server.url, through), { mode: 0o600 })
  return { process: await bed.start(['operator', '--kubeconfig', kubeconfig, '--health-listen', '127.0.0.1:0']), line }
}

beforeAll(async () => {
  bed = await ClusterBed.make()
  const own = ['--data-dir', join(bed.directory, 'server'), '--listen', '127.0.0.1:0']
  server = await bed.start(['server', '--controllers', 'kubernetes', ...own])
  operators = [await anOperator('first'), await anOperator('second')]
  await bed.agent({ name: 'one', zone: 'a', server })
  client = clientOf(server)
  history = await TaskHistory.follow(client, 'bookstore', 14, bed.signal)
})
afterAll(async () => {
  await bed[Symbol.asyncDispose]()
  await Promise.all(operators.map(({ line }) => line.close()))
})

const running = () => bed.running('one')

async function leader(): Promise<Operator | undefined> {
  const lease = await client.get(Lease, { namespace: systemNamespace, name: 'gantry-operator' }, bed.signal)
  const pid = Number(/-(\d+)-[^-]+$/.exec(lease.spec.holderIdentity ?? '')?.[1])
  return operators.find(({ process }) => process.pid === pid)
}
async function leaders(): Promise<readonly [Operator, Operator]> {
  const leads = await until('an operator leads', leader)
  return leads === operators[0] ? [operators[0], operators[1]] : [operators[1], operators[0]]
}

describe('two operators', () => {
  it('one leads, and the bookstore runs', async () => {
    await apply(server, `${example('task-definition.yaml')}---\n${example('service.yaml')}`)
    await steady(client, 'bookstore', 3, bed.signal)
    expect(await running()).toHaveLength(6)
    expect(operators.every(({ process }) => process.isRunning)).toBe(true)
  })

  it('a service without its task definition says so in the words of an API server that would refuse it', async () => {
    const key = { namespace: 'default', name: 'bookstore' }
    const pin = (taskDefinition: string) =>
      client.patch(Service, key, { type: 'merge', body: { spec: { taskDefinition } } }, bed.signal)
    await expect(pin('nowhere')).rejects.toMatchObject({ problems: [{ message: 'Not found: "nowhere"' }] })
  })

  it('the other takes over within 20 s when the leader is killed in the middle of a rollout', async () => {
    const [leads, waits] = await leaders()
    const before = bed.ledger.of('create').length
    await apply(server, example('v2/task-definition.yaml'))
    await bed.ledger.reaches('create', before + 1)
    const since = performance.now()
    await leads.process.kill('SIGKILL')
    await until('the other leads', async () => (await leader()) === waits)
    const took = (performance.now() - since) / 1000
    console.log(`a killed operator: the other led after ${took.toFixed(1)} s`)
    expect(took).toBeLessThan(20)
    // the one that was killed may not have come to say that a rollout goes on
    await steady(client, 'bookstore', 3, bed.signal, 'bookstore:2')
    await until('the old ones are gone', async () => (await running()).length === 6)
    await leads.process.start()
  })

  it('watches that are cut again and again cost time at most', async () => {
    const [leads] = await leaders()
    const before = leads.line.connections
    const stop = new AbortController()
    const cutting = (async () => {
      while (!stop.signal.aborted) {
        for (const { line } of operators) line.cut()
        await new Promise((resolve) => setTimeout(resolve, 2000))
      }
    })()
    await scale(client, 'bookstore', 5, bed.signal)
    await steady(client, 'bookstore', 5, bed.signal)
    await scale(client, 'bookstore', 2, bed.signal)
    await steady(client, 'bookstore', 2, bed.signal)
    stop.abort()
    await cutting
    expect(leads.line.connections).toBeGreaterThan(before)
    expect(operators.every(({ process }) => process.isRunning)).toBe(true)
  })

  it('an API server that is away for a while costs no container', async () => {
    const before = await startsOf(await running())
    await server.kill('SIGKILL')
    await sleep(systemClock, outage, bed.signal)
    expect(await startsOf(await running())).toEqual(before)
    await server.start('--listen', new URL(server.url).host)
    await scale(client, 'bookstore', 4, bed.signal)
    await steady(client, 'bookstore', 4, bed.signal)
    expect(await startsOf(await running())).toEqual(expect.arrayContaining([...before]))
    expect(operators.every(({ process }) => process.isRunning)).toBe(true)
  })

  it('a leader that is told to end gives its lease back', async () => {
    const [leads, waits] = await leaders()
    const since = performance.now()
    await leads.process.kill('SIGTERM')
    await until('the other leads', async () => (await leader()) === waits)
    expect((performance.now() - since) / 1000).toBeLessThan(5)
    await leads.process.start()
  })

  it('a cluster takes a namespace that was there only when told to, and all goes with one of its own', async () => {
    await client.create(Namespace, { metadata: { name: 'theirs' }, spec: {} }, bed.signal)
    const make = (name: string, annotations = {}) =>
      client.create(Cluster, { metadata: { name, annotations }, spec: {} }, bed.signal)
    await expect(make('theirs')).rejects.toThrow('gantry.dev/adopt-namespace')
    await make('theirs', { 'gantry.dev/adopt-namespace': 'true' })
    await make('ours')
    const statusOf = async (name: string) => (await client.get(Cluster, { namespace: '', name }, bed.signal)).status
    await until('both are there', async () => {
      const all = await Promise.all(['theirs', 'ours'].map(statusOf))
      return all.every(
        (status) => status?.status === 'ACTIVE' && conditionOf(status.conditions, 'Stalled') === undefined,
      )
    })
    await client.delete(Cluster, { namespace: '', name: 'ours' }, {}, bed.signal)
    await until('its namespace is gone', async () => {
      const { items } = await client.list(Namespace, {}, bed.signal)
      return (
        items.every(({ metadata }) => metadata.name !== 'ours') &&
        items.some(({ metadata }) => metadata.name === 'theirs')
      )
    })
  })

  it('what is deleted leaves nothing behind', async () => {
    await client.delete(Service, { namespace: 'default', name: 'bookstore' }, {}, bed.signal)
    await until('no container is left', async () => (await bed.containers('one')).length === 0, 90)
    await until('nor a task', async () => (await client.list(Task, {}, bed.signal)).items.length === 0)
  })

  it('no task and no container was there twice', () => {
    expect(history.breaches).toEqual([])
    expect(bed.ledger.repetitions()).toEqual([])
  })
})
