/** What the view believes when the engine's answers, lists and events overtake each other. */
import { expect, it, onTestFinished } from 'vitest'
import { Scope } from '../../lib/scope.ts'
import { seconds } from '../../lib/time.ts'
import { VirtualClock } from '../../lib/virtual-clock.ts'
import { until } from '../../test/until.ts'
import { fakeEngine } from './engine/fake.ts'
import { EngineView } from './view.ts'

const { signal } = new AbortController()
const nothing = (): void => undefined

/** A machine with one container of a task, running, and a view that does not follow it yet. */
async function aMachine() {
  const clock = new VirtualClock()
  const engine = fakeEngine({ clock, images: ['app:1'] })
  const labels = {
    'gantry.dev/namespace': 'default',
    'gantry.dev/task': 'a',
    'gantry.dev/task-uid': 'uid-a',
    'gantry.dev/container': 'app',
  }
  const spec = { name: 'ecs-a', image: 'app:1', labels, environment: [], ports: [], networkMode: 'bridge' } as const
  const { id } = await engine.create({ ...spec, stopTimeout: seconds(1) }, signal)
  await engine.start(id, signal)
  const view = new EngineView(clock, nothing, nothing)
  const follow = (listing: Pick<typeof engine, 'list' | 'events'> = engine): void => {
    const scope = new Scope(signal)
    scope.go('view', (s) => view.follow(listing, {}, s))
    onTestFinished(() => scope[Symbol.asyncDispose]())
  }
  const status = () => view.get(id)?.status
  return { clock, engine, id, view, follow, status }
}

it('an answer that an event overtook does not bring a dead container back to life', async () => {
  const { engine, id, view, follow, status } = await aMachine()
  follow()
  await view.ready
  const found = await view.look(id, async () => {
    const answer = await engine.inspect(id, signal)
    if (answer?.status === 'running') {
      engine.killContainer(id)
      await until('the event came', () => status() === 'exited')
    }
    return answer
  })
  expect(found?.status).toBe('exited')
  expect(status()).toBe('exited')
})

it('what the agent learned while a list was under way is not undone by it, unless it ended', async () => {
  const { engine, id, view, follow, status } = await aMachine()
  const running = await engine.inspect(id, signal)
  const listing = async (...args: Parameters<typeof engine.list>) => {
    const listed = await engine.list(...args)
    if (running !== undefined) view.learn(running)
    return listed.map((one) => ({ ...one, status: ended ? 'exited' : 'created' }) as const)
  }
  let ended = false
  follow({ ...engine, list: listing })
  await view.ready
  expect(status()).toBe('running')
  ended = true
  engine.setDown(true) // the stream breaks: the next connection lists again
  engine.setDown(false)
  await until('it was listed again', () => status() === 'exited')
})

it('an end that was listed before the container was started again does not bring it down', async () => {
  const { clock, engine, id, view, follow, status } = await aMachine()
  await clock.advance(seconds(60))
  engine.killContainer(id)
  follow({
    ...engine,
    async list(labels, s) {
      const listed = await engine.list(labels, s)
      await engine.start(id, s)
      await view.look(id, () => engine.inspect(id, s))
      return listed
    },
  })
  await view.ready
  expect(status()).toBe('running')
})
