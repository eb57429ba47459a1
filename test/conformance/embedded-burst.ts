/** A process to be killed: opens the embedded store given as argument and prints every acknowledged write as a line. */
import { writeSync } from 'node:fs'
import { systemClock } from '../../lib/clock.ts'
import { stderrLogger } from '../../lib/log.ts'
import { openEmbeddedStore } from '../../store/embedded/embedded-store.ts'
import { burst } from './store-burst.ts'

const directory = process.argv[2] ?? ''
const prefix = process.argv[3] ?? ''
const store = await openEmbeddedStore({ directory, clock: systemClock, log: stderrLogger('warn') })
writeSync(1, 'open\n')
const forever = new AbortController().signal
await burst(store, prefix, (write) => writeSync(1, `${JSON.stringify(write)}\n`), forever)
