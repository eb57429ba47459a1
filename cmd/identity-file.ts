/** Where an agent keeps its certificate and key: one file, readable by its owner alone. */
import { readFile } from 'node:fs/promises'
import { Fault, messageOf } from '../lib/errors.ts'
import { writePrivateFile } from '../lib/private-file.ts'
import type { KeyPair } from '../lib/x509/key-pair.ts'

const certificateForm = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/
const keyForm = /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----\n?/

/** A pair of PEM in `path`. Faults of `save`: Unavailable. */
export const identityFile = (
  path: string,
): { load(): Promise<KeyPair | undefined>; save(identity: KeyPair): Promise<void> } => ({
  /** Undefined when there is none, or none that can be read: then there will be another. */
  async load() {
    const text = await readFile(path, 'utf8').catch(() => '')
    const [certificate] = certificateForm.exec(text) ?? []
    const [key] = keyForm.exec(text) ?? []
    return certificate === undefined || key === undefined ? undefined : { certificate, key }
  },
  save: ({ certificate, key }) =>
    writePrivateFile(path, certificate + key).catch((cause: unknown) => {
      throw new Fault('Unavailable', `the certificate cannot be kept in ${path}: ${messageOf(cause)}`, { cause })
    }),
})
