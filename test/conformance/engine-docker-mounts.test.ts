/** Paths of the machine in containers of the real engine; a fake one has no files. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { seconds } from '../../lib/time.ts'
import { until } from '../until.ts'
import { ensureTestImage, testImage } from './busybox-image.ts'

it('mounts paths, makes those that are not there, and keeps read-only ones from being written', async () => {
  await ensureTestImage()
  const { signal } = new AbortController()
  const engine = dockerEngine({ clock: systemClock, random: systemRandom, log: silentLogger })
  const directory = await mkdtemp(join(tmpdir(), 'gantry-mounts-'))
  const source = join(directory, 'new')
  const { id } = await engine.create(
    {
      name: `gantry-mounts-${process.pid}`,
      image: testImage,
      labels: {},
      environment: [],
      command: [
        '/bin/sh',
        '-c',
        'echo hello > /write/file; cat /read/file > /write/copy; echo no > /read/file; exit $?',
      ],
      networkMode: 'bridge',
      ports: [],
      mounts: [
        { source, target: '/write', readOnly: false },
        { source, target: '/read', readOnly: true },
      ],
      stopTimeout: seconds(2),
    },
    signal,
  )
  onTestFinished(async () => {
    await engine.remove(id, signal)
    await rm(directory, { recursive: true, force: true })
  })
  await engine.start(id, signal)
  const ended = await until('it ended', async () => {
    const state = await engine.inspect(id, signal)
    return state?.status === 'exited' && state
  })
  expect(ended.exitCode).not.toBe(0)
  expect(await readFile(join(source, 'copy'), 'utf8')).toBe('hello\n')
  expect(await readFile(join(source, 'file'), 'utf8')).toBe('hello\n')
})
