/** Files that hold credentials. */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes for the owner alone (0600), whole or not at all: a crash leaves the old one. Makes the folder. Throws what the system says. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const next = `${path}.${process.pid}.new`
  await writeFile(next, text, { mode: 0o600 })
  // The mode above is for a new file only, and the umask may have narrowed it.
  await chmod(next, 0o600)
  await rename(next, path)
}
