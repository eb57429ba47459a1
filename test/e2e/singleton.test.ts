/** A strict singleton on the real engine: killed, updated and left by its agent, it never runs twice. The containers tell. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceClient } from '../../api/client/client.ts'
import { conditionOf } from '../../api/meta/conditions.ts'
import { ContainerInstance } from '../../api/v1/container-instance.ts'
import { Service } from '../../api/v1/service.ts'
import { type EtcdServer, startEtcd } from '../conformance/etcd-server.ts'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { gantry, service } from './cli-gantry.ts'
import { apply, ClusterBed, clientOf } from './cluster-bed.ts'
import type { GantryProcess } from './cluster-process.ts'

let etcd: EtcdServer
let bed: ClusterBed
let server: GantryProcess
let agents: Readonly<Record<string, GantryProcess>>
let client: ResourceClient
let shared: string

beforeAll(async () => {
  ;[etcd, bed] = await Promise.all([startEtcd(), ClusterBed.make()])
  shared = join(bed.directory, 'shared')
  server = await bed.server('server', etcd.endpoint, '--instance-lost-after', '10s')
  const [one, two] = await Promise.all([
    bed.agent({ name: 'one', zone: 'a', server }),
    bed.agent({ name: 'two', zone: 'b', server }),
  ])
  agents = { one, two }
  client = clientOf(server)
})
afterAll(async () => {
  await sweep()
  await bed[Symbol.asyncDispose]()
  await etcd[Symbol.asyncDispose]()
})

/** The engine made the folder, and may have made it for another user. */
async function sweep(): Promise<void> {
  await rm(shared, { recursive: true, force: true }).catch(() => undefined)
}

/**
 * Takes a lock that only one can have, and keeps saying that it lives. Who finds the lock held looks whether its holder lives: then two
 * run, and that is written down; else it was killed. A holder that lost its lock writes that down as well. It takes 0.8 s to leave.
 */
const script = `end=0; n=0; trap 'end=8' TERM
until mkdir /shared/lock 2>/dev/null; do
  a=$(cat /shared/lock/beat); sleep 0.7; b=$(cat /shared/lock/beat)
  if [ "$a" != "$b" ]; then echo "$GANTRY_TASK started while $b ran" >> /shared/overlaps; exit 1; fi
  rm -rf /shared/lock
done
echo "$GANTRY_TASK" > /shared/lock/owner; echo "$GANTRY_TASK" >> /shared/runs
while :; do
  n=$((n+1)); echo "$GANTRY_TASK $n" > /shared/lock/beat
  if [ "$(cat /shared/lock/owner)" != "$GANTRY_TASK" ]; then echo "$GANTRY_TASK lost its lock" >> /shared/overlaps; exit 1; fi
  if [ $end = 1 ]; then rm -rf /shared/lock; exit 0; fi
  if [ $end -gt 0 ]; then end=$((end-1)); fi
  sleep 0.1
done`

const definition = (version: number): string => `apiVersion: gantry.dev/v1
kind: TaskDefinition
metadata:
  name: solo
spec:
  volumes:
    - name: shared
      host: {sourcePath: "${shared}"}
  containerDefinitions:
    - name: main
      image: gantry/bookstore:1
      command: ["sh", "-c", ${JSON.stringify(script)}]
      environment: [{name: VERSION, value: "${version}"}]
      mountPoints: [{sourceVolume: shared, containerPath: /shared}]
      memory: 16
      stopTimeout: 5
`
const solo = `${service('solo', 1)}  deploymentConfiguration:
    minimumHealthyPercent: 0
    maximumPercent: 100
`

const lines = async (file: string): Promise<readonly string[]> =>
  (await readFile(join(shared, file), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
const runs = (): Promise<readonly string[]> => lines('runs')
const overlaps = (): Promise<readonly string[]> => lines('overlaps')
/** Waits until a container took the lock after `before` others had. */
const another = (before: number) => until('another one has the lock', async () => (await runs()).length > before, 90)
/** Where it runs, and its container. */
async function place(): Promise<readonly [string, string]> {
  return until('it runs somewhere', async () => {
    for (const name of Object.keys(agents)) {
      const [id] = await bed.running(name)
      if (id !== undefined) return [name, id] as const
    }
    return undefined
  })
}
const lost = (name: string) =>
  until(
    `${name} is lost`,
    async () => {
      const key = { namespace: 'default', name: bed.instance(name) }
      const { status } = await client.get(ContainerInstance, key, bed.signal)
      return conditionOf(status?.conditions, 'AgentConnected')?.reason === 'HeartbeatLost'
    },
    60,
  )
const stalled = async () => {
  const { status } = await client.get(Service, { namespace: 'default', name: 'solo' }, bed.signal)
  const condition = conditionOf(status?.conditions, 'Stalled')
  return condition?.status === 'True' ? condition : undefined
}

describe('a strict singleton', { timeout: 240_000 }, () => {
  it('never runs twice while it is updated and its container is killed', async () => {
    await apply(server, `${definition(0)}---\n${solo}`)
    await another(0)
    for (const version of [1, 2, 3]) {
      await apply(server, definition(version))
      await another(2 * version - 1)
      const [, id] = await place()
      await docker.getContainer(id).kill()
      await another(2 * version)
    }
    expect(await overlaps()).toEqual([])
  })

  it('waits for an agent that is gone while its container lives on', async () => {
    const [name, id] = await place()
    const before = await runs()
    await agents[name]?.kill('SIGKILL')
    await lost(name)
    const condition = await until('it says so', stalled)
    expect(condition).toMatchObject({
      reason: 'TasksMayStillRun',
      message: expect.stringContaining(`container instance ${bed.instance(name)}`),
    })
    const { out } = await gantry(['why', 'service', 'solo', '--kubeconfig', server.kubeConfig])
    expect(out).toContain(`gantry delete containerinstance ${bed.instance(name)}`)
    expect(await bed.running(name)).toEqual([id])
    expect(await runs()).toEqual(before)
    await agents[name]?.start()
    await another(before.length)
    expect(await bed.running(name)).not.toContain(id)
    expect(await overlaps()).toEqual([])
  })

  it('has a successor when a person says that the machine is gone', async () => {
    const [name, id] = await place()
    const before = await runs()
    await agents[name]?.kill('SIGKILL')
    await docker.getContainer(id).kill()
    await lost(name)
    await until('it says so', stalled)
    expect(await runs()).toEqual(before)
    const flags = ['--kubeconfig', server.kubeConfig]
    expect((await gantry(['delete', 'containerinstance', bed.instance(name), ...flags])).code).toBe(0)
    await another(before.length)
    expect((await place())[0]).not.toBe(name)
    await agents[name]?.start()
    await until('it is well', async () => (await stalled()) === undefined)
    expect(await overlaps()).toEqual([])
  })
})
