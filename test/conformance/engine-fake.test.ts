import { fakeEngine } from '../../controllers/agent/engine/fake.ts'
import { systemClock } from '../../lib/clock.ts'
import { engineConformance } from './engine.ts'

engineConformance('fake', async () => ({
  engine: fakeEngine({ clock: systemClock, images: ['app:1'] }),
  image: 'app:1',
  close: async () => undefined,
}))
