/** A leader whose lease ran out while a write of it waited does not send that write, even when no timer has told it yet. */
import { describe, expect, it } from 'vitest'
import type { ResourceClient } from '../api/client/client.ts'
import { clientOver } from '../api/client/kubernetes.ts'
import type { Transport } from '../api/client/transport.ts'
import { Task } from '../api/v1/task.ts'
import { fencedClient } from '../controllers/runtime/fenced-client.ts'
import { silentLogger } from '../lib/log.ts'
import { seededRandom } from '../lib/random.ts'
import { seconds } from '../lib/time.ts'
import { VirtualClock } from '../lib/virtual-clock.ts'
import { aTask } from './builders/kinds.ts'

const never = new AbortController().signal
const task = aTask({ name: 'a' })
const key = { namespace: 'default', name: 'a' }
const lease = seconds(7)

/** A leader's client, to a server that is busy `times` times, for three seconds each. */
function aLeader(times: number, rate = { perSecond: 100, burst: 100 }) {
  const clock = new VirtualClock()
  const until = clock.now() + lease
  const came: string[] = []
  const transport: Transport = {
    async send({ method }) {
      came.push(method)
      const isBusy = came.length <= times
      const said = isBusy ? { kind: 'Status', code: 429, message: 'busy' } : task
      const body = (async function* () {
        yield Buffer.from(JSON.stringify(said))
      })()
      const header = (name: string) => (isBusy && name === 'retry-after' ? '3' : undefined)
      return { status: isBusy ? 429 : 200, header, body, end: () => undefined }
    },
  }
  const client = clientOver(transport, { clock, random: seededRandom(1), log: silentLogger, rate })
  // timers are late: the signal tells nothing yet
  const leader = fencedClient(client, { signal: never, mayWrite: () => clock.now() < until })
  return { clock, came, leader, client }
}

const writes: readonly [string, (client: ResourceClient) => Promise<unknown>][] = [
  ['create', (client) => client.create(Task, task, never)],
  ['update', (client) => client.update(Task, task, never)],
  ['updateStatus', (client) => client.updateStatus(Task, task, never)],
  ['finalize', (client) => client.finalize(Task, task, never)],
  ['patch', (client) => client.patch(Task, key, { type: 'merge', body: {} }, never)],
  ['apply', (client) => client.apply(Task, { metadata: key }, {}, never)],
  ['delete', (client) => client.delete(Task, key, {}, never)],
]

describe.each(writes)('%s', (_, write) => {
  it('is not sent again to a busy server when the lease ran out meanwhile', async () => {
    const { clock, came, leader } = aLeader(10)
    const refused = expect(write(leader)).rejects.toMatchObject({
      code: 'Unavailable',
      message: 'this process leads no more',
    })
    await clock.advance(seconds(60))
    await refused
    expect(came).toHaveLength(3)
  })

  it('is sent again while the lease holds', async () => {
    const { clock, came, leader } = aLeader(1)
    const done = write(leader)
    await clock.advance(seconds(5))
    await done
    expect(came).toHaveLength(2)
  })
})

it('is not sent when the lease ran out while it waited for its turn', async () => {
  const { clock, came, leader } = aLeader(0, { perSecond: 0.1, burst: 1 })
  await leader.updateStatus(Task, task, never)
  const refused = expect(leader.updateStatus(Task, task, never)).rejects.toMatchObject({ code: 'Unavailable' })
  await clock.advance(seconds(15))
  await refused
  expect(came).toEqual(['PUT'])
})

it('reads go on, and so do writes of those who need no lease', async () => {
  const { clock, came, leader, client } = aLeader(4)
  const both = Promise.all([leader.get(Task, key, never), client.update(Task, task, never)])
  await clock.advance(seconds(60))
  await both
  expect(came).toHaveLength(6)
})
