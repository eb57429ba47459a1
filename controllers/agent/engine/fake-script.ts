/** How a fake container behaves, as its own environment says: `GANTRY_FAKE=exit:1 after:3s`. */
import { Fault } from '../../../lib/errors.ts'
import { type Millis, millis, seconds } from '../../../lib/time.ts'

/** Set on a container to give it a life. Words are separated by spaces; times are `250ms`, `3s`, `2m`. */
export const fakeVariable = 'GANTRY_FAKE'

export interface FakeScript {
  /** `exit:N`: ends by itself with this code, at once or `after:TIME`; with `times:N` only the first times that it is started. */
  readonly exit: { readonly code: number; readonly after: Millis; readonly times: number } | undefined
  /** `oom:TIME`: killed for want of memory after so long. */
  readonly outOfMemory: Millis | undefined
  /** `start:TIME`: how long a start takes. */
  readonly startTakes: Millis
  /** `create:fail`, `start:fail`. */
  readonly createFails: boolean
  readonly startFails: boolean
  /** `stop:TIME`: how long it takes to leave after SIGTERM (default at once); `stop:never` waits for SIGKILL. */
  readonly stopTakes: Millis | 'never'
  /** `health:TIME` healthy after so long, `health:never` unhealthy after its retries. Only with a health check. */
  readonly healthy: Millis | 'never'
  /** `log:WORD`: a line it prints when it starts. */
  readonly log: string | undefined
}

function time(text: string): Millis {
  const [, digits, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? []
  if (digits === undefined) throw new Fault('Invalid', `${fakeVariable}: "${text}" is no time (250ms, 3s, 2m)`)
  return unit === 'ms' ? millis(Number(digits)) : seconds(Number(digits) * (unit === 'm' ? 60 : 1))
}

/** Reads the variable from `NAME=value` lines. */
export function fakeScript(environment: readonly string[]): FakeScript {
  const line = environment.find((pair) => pair.startsWith(`${fakeVariable}=`))?.slice(fakeVariable.length + 1) ?? ''
  const words = new Map<string, string>()
  for (const word of line.split(' ').filter((w) => w !== '')) {
    const colon = word.indexOf(':')
    words.set(word.slice(0, colon), word.slice(colon + 1))
  }
  const timeOf = (name: string): Millis | undefined => {
    const text = words.get(name)
    return text === undefined || text === 'fail' || text === 'never' ? undefined : time(text)
  }
  const code = words.get('exit')
  return {
    exit:
      code === undefined
        ? undefined
        : { code: Number(code), after: timeOf('after') ?? millis(0), times: Number(words.get('times') ?? Infinity) },
    outOfMemory: timeOf('oom'),
    startTakes: timeOf('start') ?? millis(0),
    createFails: words.get('create') === 'fail',
    startFails: words.get('start') === 'fail',
    stopTakes: words.get('stop') === 'never' ? 'never' : (timeOf('stop') ?? millis(0)),
    healthy: words.get('health') === 'never' ? 'never' : (timeOf('health') ?? millis(0)),
    log: words.get('log'),
  }
}
