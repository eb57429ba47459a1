import { systemClock } from '../../lib/clock.ts'
import { millis } from '../../lib/time.ts'
import { openMemoryStore } from '../../store/memory/memory-store.ts'
import { storeConformance } from './store.ts'

storeConformance(
  'memory',
  { open: () => openMemoryStore({ clock: systemClock }), leaseTtl: millis(250) },
  { cannot: {} },
)
