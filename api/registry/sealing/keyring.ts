/**
 * Named keys, and what they do to bytes: AES-256-GCM under a key of its own for each value (HKDF from a named key and a
 * random salt), bound to the place where the value is stored, so that moved or changed bytes do not open.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { Fault } from '../../../lib/errors.ts'

/** Keys by name. The first one seals; all of them open: that is how keys are changed. */
export interface Keyring {
  readonly first: string
  readonly keys: ReadonlyMap<string, Uint8Array>
}

const keyBytes = 32
const saltBytes = 32
const nonceBytes = 12
const tagBytes = 16
const purpose = 'gantry sealed value'
const nameRule = /^[a-zA-Z0-9][-_.a-zA-Z0-9]{0,62}$/

/** `gantry:sealed:1:NAME:` and then salt, ciphertext and tag. Objects in plain text begin with a brace. */
const head = 'gantry:sealed:1:'
const headBytes = Buffer.from(head)

/** Reads lines of `NAME BASE64` (32 bytes); `#` begins a comment. Faults: BadRequest, which never says a key. */
export function parseKeyring(text: string): Keyring {
  const keys = new Map<string, Uint8Array>()
  for (const [n, line] of text.split('\n').entries()) {
    const [name = '', encoded = '', ...more] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (name === '') continue
    const key = Buffer.from(encoded, 'base64')
    const wrong = (why: string): Fault => new Fault('BadRequest', `line ${n + 1} of the key file ${why}`)
    if (!nameRule.test(name)) throw wrong('has no valid name: up to 63 letters, digits, ., _ and -')
    if (more.length > 0 || key.length !== keyBytes) {
      throw wrong(`must be a name and ${keyBytes} bytes in base64 (openssl rand -base64 ${keyBytes})`)
    }
    if (keys.has(name)) throw wrong(`repeats the name ${name}`)
    keys.set(name, key)
  }
  const [first] = keys.keys()
  if (first === undefined) throw new Fault('BadRequest', 'the key file holds no key')
  return { first, keys }
}

/** A key file with one new key. */
export const newKeyFile = (name: string): string => `${name} ${randomBytes(keyBytes).toString('base64')}\n`

function derived(key: Uint8Array, salt: Uint8Array): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const bytes = new Uint8Array(hkdfSync('sha256', key, salt, purpose, keyBytes + nonceBytes))
  return { key: bytes.subarray(0, keyBytes), nonce: bytes.subarray(keyBytes) }
}

/** The name of the key that sealed `value`; undefined for plain text. */
export function sealedWith(value: Uint8Array): string | undefined {
  if (!headBytes.every((byte, i) => value[i] === byte)) return undefined
  const end = value.indexOf(0x3a, headBytes.length)
  return end < 0 ? undefined : Buffer.from(value.subarray(headBytes.length, end)).toString('latin1')
}

/** `value` as only the keyring can read it, and only at `place`. */
export function seal({ first, keys }: Keyring, place: string, value: Uint8Array): Uint8Array {
  const salt = randomBytes(saltBytes)
  const { key, nonce } = derived(keys.get(first) as Uint8Array, salt)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
  const hidden = Buffer.concat([cipher.update(value), cipher.final()])
  return Buffer.concat([Buffer.from(`${head}${first}:`), salt, hidden, cipher.getAuthTag()])
}

/** What was sealed; plain text as it is. Faults: Unavailable for a key that is missing and for bytes that were changed. */
export function unseal(keyring: Keyring | undefined, place: string, value: Uint8Array): Uint8Array {
  const name = sealedWith(value)
  if (name === undefined) return value
  const named = keyring?.keys.get(name)
  if (named === undefined) {
    throw new Fault(
      'Unavailable',
      `${place} is encrypted with key ${JSON.stringify(name)}, which this server does not have`,
    )
  }
  const body = value.subarray(head.length + name.length + 1)
  const { key, nonce } = derived(named, body.subarray(0, saltBytes))
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
    decipher.setAuthTag(body.subarray(body.length - tagBytes))
    return Buffer.concat([decipher.update(body.subarray(saltBytes, body.length - tagBytes)), decipher.final()])
  } catch (cause) {
    const why = `it was changed, moved from elsewhere, or another key has this name`
    throw new Fault('Unavailable', `${place} does not open with key ${JSON.stringify(name)}: ${why}`, { cause })
  }
}
