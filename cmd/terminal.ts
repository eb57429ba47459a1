/** What a command sees of the process it runs in. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Terminal {
  /** Writes a line (or lines) to standard output: results. */
  out(text: string): void
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
    raw: (bytes) => void process.stdout.write(bytes),
    err: (text) => void process.stderr.write(`${text}\n`),
    stdin: process.stdin,
    env: process.env,
    defaultDataDir: join(homedir(), '.gantry'),
  }
}
