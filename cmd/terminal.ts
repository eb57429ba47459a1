/** What a command sees of the process it runs in. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { clearScreenDown, moveCursor } from 'node:readline'

export interface Terminal {
  /** Writes a line (or lines) to standard output: results. */
  out(text: string): void
  /** Writes lines to standard output in the place of those written by it before; absent where that is not a terminal. */
  readonly repaint?: (lines: readonly string[]) => void
  /** Writes bytes to standard output as they are. */
  raw(bytes: Uint8Array): void
  /** Writes a line to standard error: everything for people. */
  err(text: string): void
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `~/.gantry` is. */
  readonly defaultDataDir: string
}

/** The real one. A reader that goes away (`gantry get | head`) ends the command in good order. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    ...(process.stdout.isTTY && process.env.TERM !== 'dumb' ? { repaint: repainter(process.stdout) } : {}),
    raw: (bytes) => void process.stdout.write(bytes),
    err: (text) => void process.stderr.write(`${text}\n`),
    stdin: process.stdin,
    env: process.env,
    defaultDataDir: join(homedir(), '.gantry'),
  }
}

/** Lines are cut to the terminal's width: one that wrapped would be two to go up. */
export function repainter(
  stream: NodeJS.WritableStream & { readonly columns?: number },
): (lines: readonly string[]) => void {
  let height = 0
  return (lines) => {
    if (height > 0) moveCursor(stream, 0, -height)
    clearScreenDown(stream)
    for (const line of lines) stream.write(`${line.slice(0, (stream.columns ?? 80) - 1)}\n`)
    height = lines.length
  }
}
