/** The tables of the embedded store, and what may be done with a file that has others. */
import type { DatabaseSync } from 'node:sqlite'
import { Fault } from '../../lib/errors.ts'

/** Bytes "Gant": marks a SQLite file as ours. */
const applicationId = 0x47616e74

/** Raised with every change of the tables; `migrations[n]` leads from n to n + 1. */
const migrations: readonly string[] = [
  `CREATE TABLE log (
     position INTEGER PRIMARY KEY,
     revision INTEGER NOT NULL,
     key TEXT NOT NULL,
     value BLOB,
     create_revision INTEGER NOT NULL,
     lease TEXT
   ) STRICT;
   CREATE TABLE lease (id TEXT PRIMARY KEY, position INTEGER NOT NULL, ttl INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO mark VALUES ('compacted', 0), ('revision', 0), ('position', 0);`,
]

const pragma = (db: DatabaseSync, name: string): number => {
  const row = db.prepare(`PRAGMA ${name}`).get() ?? {}
  return Number(row[name])
}

/** Makes or migrates the tables. Faults: Invalid when the file is not ours or is of a later version. */
export function prepareSchema(db: DatabaseSync, file: string): void {
  const version = pragma(db, 'user_version')
  const id = pragma(db, 'application_id')
  const empty = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n) === 0
  if (id !== applicationId && !empty)
    throw new Fault('Invalid', `${file} is a SQLite file of another program: choose another directory`)
  if (version > migrations.length)
    throw new Fault(
      'Invalid',
      `${file} was written by a newer Gantry (schema ${version}, this one knows ${migrations.length}): use that one`,
    )
  if (version === migrations.length) return
  db.exec('BEGIN IMMEDIATE')
  for (const migration of migrations.slice(version)) db.exec(migration)
  db.exec(`PRAGMA application_id = ${applicationId}`)
  db.exec(`PRAGMA user_version = ${migrations.length}`)
  db.exec('COMMIT')
}
