/** Opens the store's file for this process alone. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault, isFault, messageOf } from '../../lib/errors.ts'
import { prepareSchema } from './schema.ts'

const fileName = 'store.db'
const holderName = 'store.pid'

/** SQLite's primary result code in the low byte of an extended one. */
export const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined

export const sqliteCodes = { busy: 5, locked: 6, notADatabase: 26, corrupt: 11, full: 13 } as const

/**
 * The lock is the operating system's, taken by SQLite's exclusive mode: it ends with its process, however that ended,
 * and keeps other openers of the same process out too. Faults: Unavailable when another holds the directory or it
 * cannot be written, Invalid when the file is not a store of ours.
 */
export function openFile(directory: string): { readonly db: DatabaseSync; readonly file: string } {
  const file = join(directory, fileName)
  const holder = join(directory, holderName)
  let db: DatabaseSync | undefined
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    db = new DatabaseSync(file)
    // NORMAL: commits are flushed by SqliteLog, without blocking; checkpoints by SQLite.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    // Exclusive mode takes its lock at the first access and keeps it.
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    prepareSchema(db, file)
    writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 })
    return { db, file }
  } catch (error) {
    db?.close()
    throw asFault(error, directory, holder)
  }
}

function asFault(error: unknown, directory: string, holder: string): Fault {
  if (isFault(error)) return error
  const code = sqliteCode(error)
  if (code === sqliteCodes.busy || code === sqliteCodes.locked)
    return new Fault('Unavailable', `the store in ${directory} is in use by ${holderOf(holder)}: stop it first`, {
      cause: error,
    })
  if (code === sqliteCodes.notADatabase || code === sqliteCodes.corrupt)
    return new Fault('Invalid', `the store in ${directory} cannot be read: ${messageOf(error)}`, { cause: error })
  return new Fault('Unavailable', `cannot open the store in ${directory}: ${messageOf(error)}`, { cause: error })
}

/** The pid file only serves this message; nothing is decided by it. */
function holderOf(holder: string): string {
  try {
    return `process ${readFileSync(holder, 'utf8').trim()}`
  } catch {
    return 'another process'
  }
}
