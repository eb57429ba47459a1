/** Reads what `-f` names: files, folders, and `-` for standard input. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, messageOf } from '../../lib/errors.ts'
import { limits } from '../limits.ts'

/** The text of one file. */
export interface Source {
  /** As the user named it; `<stdin>` for `-`. */
  readonly file: string
  readonly text: string
}

export interface ReadOptions {
  /** Whether folders are read with all that is below them. */
  readonly recursive: boolean
  /** Whether a folder without manifests is nothing rather than an error. */
  readonly mayBeEmpty?: boolean
  readonly stdin: AsyncIterable<Uint8Array | string>
}

const manifestFile = /\.(ya?ml|json)$/

/** All sources that `names` stand for, folders in the order of file names. Faults: NotFound, BadRequest, TooLarge. */
export async function readSources(names: readonly string[], options: ReadOptions): Promise<readonly Source[]> {
  const sources: Source[] = []
  for (const name of names) {
    if (name === '-') sources.push({ file: '<stdin>', text: await readAll('<stdin>', options.stdin) })
    else for (const file of await filesOf(name, options)) sources.push({ file, text: await readText(file) })
  }
  return sources
}

async function filesOf(name: string, { recursive, mayBeEmpty }: ReadOptions): Promise<readonly string[]> {
  const found = await stat(name).catch((cause: unknown) => {
    throw new Fault('NotFound', `${name}: ${isMissing(cause) ? 'no such file or folder' : messageOf(cause)}`, { cause })
  })
  if (!found.isDirectory()) return [name]
  const entries = await readdir(name, { withFileTypes: true, recursive })
  const files = entries
    .filter((entry) => !entry.isDirectory() && manifestFile.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0 && mayBeEmpty !== true)
    throw new Fault('NotFound', `${name}: the folder has no .yaml, .yml or .json file`)
  return files
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const tooLarge = (file: string): Fault =>
  new Fault('TooLarge', `${file}: a file may have ${limits.manifestBytes / 1024 / 1024} MiB; split it`)

/** Reads at most as much as is allowed, of a pipe too, which says no size. */
async function readText(file: string): Promise<string> {
  try {
    return await readAll(file, createReadStream(file))
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('BadRequest', `${file}: ${messageOf(cause)}`, { cause })
  }
}

async function readAll(file: string, stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    size += chunk.length
    if (size > limits.manifestBytes) throw tooLarge(file)
  }
  return Buffer.concat(chunks).toString('utf8')
}
