/** An agent with nothing but its own credential does all of its work through a real server, and is refused all else. */
import { KubeConfig } from '@kubernetes/client-node'
import { expect, onTestFinished, test } from 'vitest'
import { containerInstanceUser } from '../../api/access/user.ts'
import { directClient } from '../../api/client/direct.ts'
import { kubernetesClient } from '../../api/client/kubernetes.ts'
import { ContainerInstance, leaseNameOf } from '../../api/v1/container-instance.ts'
import { Event, Lease, Secret } from '../../api/v1/core.ts'
import { Task } from '../../api/v1/task.ts'
import { TaskDefinition, TaskDefinitionRevision } from '../../api/v1/task-definition.ts'
import { authoritySecret, containersFinalizer, systemNamespace } from '../../api/v1/well-known.ts'
import { runAgent } from '../../controllers/agent/agent.ts'
import { fakeEngine } from '../../controllers/agent/engine/fake.ts'
import { systemClock } from '../../lib/clock.ts'
import { unlessGone } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { issue } from '../../lib/x509/issue.ts'
import { aContainer } from '../builders/kinds.ts'
import { aRunningServer, type RunningServer } from '../builders/running-server.ts'
import { until } from '../until.ts'

const parts = { clock: systemClock, random: systemRandom, log: silentLogger }
const { signal } = new AbortController()

/** A client whose certificate says that it is the agent of `default/one`. */
async function agentClient({ url, registry }: RunningServer) {
  const { data = {} } = await registry.get(Secret, { namespace: systemNamespace, name: authoritySecret }, signal)
  const pem = (member: string): string => Buffer.from(data[member] ?? '', 'base64').toString('utf8')
  const authority = { certificate: pem('tls.crt'), key: pem('tls.key') }
  const { name, groups } = containerInstanceUser('default', 'one')
  const organizations = groups.filter((group) => group !== 'system:authenticated')
  const mine = await issue(authority, { role: 'client', commonName: name, organizations }, systemClock.now())
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'gantry', server: url, caData: base64(authority.certificate), skipTLSVerify: false },
    { name: 'agent', certData: base64(mine.certificate), keyData: base64(mine.key) },
  )
  return kubernetesClient(config, parts)
}

test('an agent registers, beats, runs, reports and releases with its own credential', async () => {
  const server = await aRunningServer()
  const admin = directClient(server.registry)
  const client = await agentClient(server)
  const spec = { containerDefinitions: [aContainer()] }
  await admin.create(
    TaskDefinitionRevision,
    { metadata: { name: 'web.1' }, spec: { family: 'web', revision: 1, taskDefinition: spec } },
    signal,
  )
  const task = (name: string, containerInstance: string) =>
    admin.create(
      Task,
      {
        metadata: { namespace: 'default', name },
        spec: { taskDefinition: 'web.1', containerInstance, desiredStatus: 'RUNNING' },
      } as never,
      signal,
    )

  const stop = new AbortController()
  const engine = fakeEngine({ clock: systemClock, images: ['app:1'] })
  const ended = runAgent({ ...parts, client, engine, options: { name: 'one', cluster: 'default' } }, stop.signal)
  onTestFinished(async () => {
    stop.abort(new Error('the test is over'))
    await ended
  })
  const one = { namespace: 'default', name: 'one' }
  const instance = () => unlessGone(admin.get(ContainerInstance, one, signal))
  await until('the instance is registered', async () => (await instance())?.status?.registeredResources)
  await until('it beats', () => unlessGone(admin.get(Lease, { ...one, name: leaseNameOf('one') }, signal)))

  await task('mine', 'one')
  await task('theirs', 'two')
  const mine = { namespace: 'default', name: 'mine' }
  const status = async () => (await admin.get(Task, mine, signal)).status?.lastStatus
  await until('the task runs', async () => (await status()) === 'RUNNING')

  const body = { spec: { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'enough' } }
  await admin.patch(Task, mine, { type: 'merge', body }, signal)
  await until('the task is stopped', async () => (await status()) === 'STOPPED')
  expect((await admin.get(Task, mine, signal)).metadata.finalizers).toContain(containersFinalizer)
  await admin.delete(Task, mine, {}, signal)
  await until('the task is gone', async () => (await unlessGone(admin.get(Task, mine, signal))) === undefined)
  expect(engine.containers()).toEqual([])

  const refused = { code: 'Forbidden' }
  const theirs = { namespace: 'default', name: 'theirs' }
  await expect(client.get(Task, theirs, signal)).rejects.toMatchObject(refused)
  await expect(client.list(Task, { namespace: 'default' }, signal)).rejects.toMatchObject(refused)
  await expect(client.list(TaskDefinition, {}, signal)).rejects.toMatchObject(refused)
  await expect(client.list(Secret, { namespace: systemNamespace }, signal)).rejects.toMatchObject(refused)
  await expect(client.list(Event, { namespace: 'default' }, signal)).rejects.toMatchObject(refused)
  const other = { metadata: { namespace: 'default', name: 'two' }, spec: { status: 'ACTIVE' as const } }
  await expect(client.create(ContainerInstance, other, signal)).rejects.toMatchObject(refused)
})
