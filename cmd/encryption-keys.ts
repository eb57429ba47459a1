/** The keys that secrets are encrypted with where they are stored: a file that is given, or one in the data directory. */
import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Kind } from '../api/meta/kind.ts'
import { type Keyring, newKeyFile, parseKeyring } from '../api/registry/sealing/keyring.ts'
import { sealedKeysIn } from '../api/registry/sealing/sealed-kinds.ts'
import { Fault, messageOf } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { Store } from '../store/store.ts'

export interface EncryptionKeyOptions {
  /** What --encryption-key-file says. */
  readonly file?: string
  readonly dataDir: string
  /** As opened, with nothing in between. */
  readonly store: Store
  readonly kinds: readonly Kind[]
  readonly log: Logger
}

const isMissing = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === 'ENOENT'

async function read(file: string, log: Logger): Promise<Keyring> {
  const text = await readFile(file, 'utf8')
  if (((await stat(file)).mode & 0o077) !== 0) log.warn({ file }, 'others can read the encryption keys')
  try {
    return parseKeyring(text)
  } catch (cause) {
    throw new Fault('BadRequest', `${file}: ${messageOf(cause)}`, { cause })
  }
}

async function make(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await using handle = await open(file, 'wx', 0o600)
  await handle.writeFile(
    `# Encrypts the secrets of this Gantry. Keep a copy: without it they are lost.\n${newKeyFile('key1')}`,
  )
  await handle.sync()
}

/**
 * The keyring of this server. Without --encryption-key-file it is `encryption-keys` in the data directory, made at the
 * first start: but never when the store holds secrets of other keys. Faults: BadRequest, Unavailable (of the store).
 */
export async function loadEncryptionKeys(options: EncryptionKeyOptions, signal: AbortSignal): Promise<Keyring> {
  const { dataDir, store, kinds, log } = options
  const file = options.file ?? join(dataDir, 'encryption-keys')
  try {
    return await read(file, log)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  if (options.file !== undefined) throw new Fault('BadRequest', `--encryption-key-file ${file} does not exist`)
  const used = [...(await sealedKeysIn(store, kinds, signal))]
  if (used.length > 0) {
    const names = used.map((name) => JSON.stringify(name)).join(', ')
    throw new Fault(
      'BadRequest',
      `the store holds secrets encrypted with key ${names}, and there is no ${file}: copy the file of the server that made it, or say where it is with --encryption-key-file`,
    )
  }
  await make(file)
  log.info({ file }, 'encryption key made')
  return read(file, log)
}
