/** Two that remove one container: whom the engine turns away does not believe that it is gone. */
import { beforeAll, expect, it } from 'vitest'
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { docker } from '../local-image.ts'
import { ensureTestImage, testImage } from './busybox-image.ts'

const { signal } = new AbortController()

beforeAll(() => ensureTestImage())

it('a container is gone as soon as any of several removals says so', async () => {
  const engine = dockerEngine({ clock: systemClock, random: systemRandom, log: silentLogger })
  const { id } = await docker.createContainer({ Image: testImage, Cmd: ['/bin/sh', '-c', 'sleep 60'] })
  await engine.start(id, signal)
  const removals = [1, 2, 3].map(() => engine.remove(id, signal))
  await Promise.any(removals)
  expect(await docker.listContainers({ all: true, filters: { id: [id] } })).toEqual([])
  for (const end of await Promise.allSettled(removals))
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'Unavailable' })
})
