import { dockerEngine } from '../../controllers/agent/engine/docker.ts'
import { systemClock } from '../../lib/clock.ts'
import { silentLogger } from '../../lib/log.ts'
import { systemRandom } from '../../lib/random.ts'
import { millis } from '../../lib/time.ts'
import { ensureTestImage, testImage } from './busybox-image.ts'
import { engineConformance } from './engine.ts'

engineConformance('docker', async () => {
  await ensureTestImage()
  const engine = dockerEngine({
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    limits: { pullRetry: { first: millis(10), factor: 2, most: millis(10) } },
  })
  return { engine, image: testImage, close: async () => undefined }
})
