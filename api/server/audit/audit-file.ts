/** A file of lines that grows beside the requests: written in batches, rotated by size, bounded in memory. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type Clock, sleep } from '../../../lib/clock.ts'
import { messageOf } from '../../../lib/errors.ts'
import type { Logger } from '../../../lib/log.ts'
import { limits } from '../limits.ts'

export interface AuditFileOptions {
  readonly path: string
  /** Bytes after which a new file is begun. */
  readonly maxBytes: number
  /** Older files kept, as `<path>.1` (the newest) and on. */
  readonly backups: number
}

export interface AuditFile {
  /** Takes a line to be written soon, or drops it: nobody waits for the disk. */
  line(text: string): void
  /** Writes until `signal` aborts, then what is left. Owns the file. */
  run(signal: AbortSignal): Promise<void>
}

/** `dropped` hears how many lines were lost because the disk did not keep up or failed. */
export function auditFile(
  { path, maxBytes, backups }: AuditFileOptions,
  { clock, log, dropped }: { readonly clock: Clock; readonly log: Logger; dropped(lines: number): void },
): AuditFile {
  let waiting: string[] = []
  let wake = Promise.withResolvers<void>()
  let handle: FileHandle | undefined
  let size = 0

  async function rotate(): Promise<void> {
    await handle?.close()
    handle = undefined
    if (backups === 0) return rm(path, { force: true })
    for (let at = backups; at > 0; at--) {
      await rename(at === 1 ? path : `${path}.${at - 1}`, `${path}.${at}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
  }

  async function opened(): Promise<FileHandle> {
    if (handle !== undefined) return handle
    handle = await open(path, 'a', 0o600)
    size = (await handle.stat()).size
    return handle
  }

  async function write(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    await opened()
    if (size > 0 && size + bytes.byteLength > maxBytes) await rotate()
    await (await opened()).appendFile(bytes)
    size += bytes.byteLength
  }

  async function flush(): Promise<boolean> {
    while (waiting.length > 0) {
      const lines = waiting.slice(0, limits.auditBatch)
      waiting = waiting.slice(lines.length)
      try {
        await write(lines)
      } catch (error) {
        await handle?.close().catch(() => undefined)
        handle = undefined
        dropped(lines.length)
        log.error({ path, err: error }, `the audit log cannot be written: ${messageOf(error)}`)
        return false
      }
    }
    return true
  }

  return {
    line(text) {
      if (waiting.length >= limits.auditWaiting) return dropped(1)
      waiting.push(text)
      wake.resolve()
    },
    async run(signal) {
      const stop = (): void => wake.resolve()
      signal.addEventListener('abort', stop)
      try {
        while (!signal.aborted) {
          if (waiting.length === 0) await wake.promise
          wake = Promise.withResolvers<void>()
          if (signal.aborted) break
          if (!(await flush())) await sleep(clock, limits.auditRetry, signal).catch(() => undefined)
        }
        await flush()
      } finally {
        signal.removeEventListener('abort', stop)
        await handle?.close()
        handle = undefined
      }
    },
  }
}
