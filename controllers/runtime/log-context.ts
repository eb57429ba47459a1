/** Lets every log line of a pass carry controller, key and reconcile id, without handing a logger down every call. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '../../lib/log.ts'

interface PassFields {
  readonly controller: string
  readonly key: string
  /** Counts the passes of this run, so that the lines of one can be found. */
  readonly reconcile: number
}

const current = new AsyncLocalStorage<PassFields>()

/** Runs `work` such that loggers of `contextLogger` add `fields`. */
export const withPassFields = <T>(fields: PassFields, work: () => Promise<T>): Promise<T> => current.run(fields, work)

/** A logger that adds the fields of the pass it is called in. */
export const contextLogger = (log: Logger): Logger => ({
  error: (fields, sentence) => log.error({ ...current.getStore(), ...fields }, sentence),
  warn: (fields, sentence) => log.warn({ ...current.getStore(), ...fields }, sentence),
  info: (fields, sentence) => log.info({ ...current.getStore(), ...fields }, sentence),
  debug: (fields, sentence) => log.debug({ ...current.getStore(), ...fields }, sentence),
  child: (fields) => contextLogger(log.child(fields)),
})
