/** `gantry rollout status`: how far the newest rollout is, until it has ended; drawn on a terminal, a line per change elsewhere. */
import type { ObjectKey } from '../../api/meta/object.ts'
import { Service } from '../../api/v1/service.ts'
import { isEqual } from '../../lib/equal.ts'
import { Fault } from '../../lib/errors.ts'
import type { Millis } from '../../lib/time.ts'
import type { Session } from '../session.ts'
import type { Terminal } from '../terminal.ts'
import { revisionBars } from './bars.ts'
import { rolloutFacts } from './facts.ts'
import { type Progress, progressOf } from './progress.ts'

export interface Patience {
  /** Do not only say how far it is now. */
  readonly watch: boolean
  /** Give up after so long; never, when absent. */
  readonly timeout?: Millis
}

interface View extends Progress {
  readonly bars: readonly string[]
}

/** Faults: Conflict when it failed or was rolled back, Timeout, NotFound. */
export async function showStatus(
  asking: Session,
  key: ObjectKey,
  { watch, timeout }: Patience,
  terminal: Pick<Terminal, 'out' | 'repaint'>,
): Promise<void> {
  const over = new AbortController()
  const late = new Fault('Timeout', `the rollout of service ${key.name} has not ended in time`)
  const cancel = timeout === undefined ? undefined : asking.clock.after(timeout, () => over.abort(late))
  const signal = AbortSignal.any([asking.signal, over.signal])
  const show = (watch ? drawn(terminal) : undefined) ?? printed(terminal)
  try {
    for await (const view of views({ ...asking, signal }, key)) {
      show(view)
      if (view.is === 'failed') throw new Fault('Conflict', view.line)
      if (view.is === 'succeeded' || !watch) return
    }
  } catch (error) {
    throw over.signal.aborted ? late : error
  } finally {
    cancel?.()
  }
}

/** Over what was drawn before. A failure's line is the command's error, and is not said twice. */
function drawn({ repaint }: Pick<Terminal, 'repaint'>): ((view: View) => void) | undefined {
  return repaint === undefined
    ? undefined
    : ({ is, line, bars }) => repaint([...bars, ...(is === 'failed' ? [] : [line])])
}

function printed({ out }: Pick<Terminal, 'out'>): (view: View) => void {
  let said = ''
  return ({ is, line }) => {
    if (is !== 'failed' && line !== said) out(line)
    said = line
  }
}

/** What there is to see, whenever it is something else. The service's status changes with all of it. */
async function* views(asking: Session, key: ObjectKey): AsyncIterable<View> {
  const { client, signal } = asking
  const scope = { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` }
  const look = async (): Promise<View> => {
    const facts = await rolloutFacts(asking, key)
    return { ...progressOf(facts), bars: revisionBars(facts) }
  }
  let seen: View | undefined
  for (;;) {
    const { resourceVersion } = await client.list(Service, scope, signal)
    let now = await look()
    if (!isEqual(now, seen)) yield now
    seen = now
    for await (const { type } of client.watch(Service, { ...scope, resourceVersion }, signal)) {
      if (type === 'BOOKMARK') continue
      now = await look()
      if (!isEqual(now, seen)) yield now
      seen = now
    }
  }
}
