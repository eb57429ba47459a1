/** What the types of Secrets ask of their data (Kubernetes' validation of Secret). Never says a value. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { FieldProblem } from '../../lib/errors.ts'
import { invalid, required } from '../meta/problems.ts'

type Data = Readonly<Record<string, string>>

/** What the rules read of a Secret. */
interface Parts {
  readonly type: string
  readonly data?: Data | undefined
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined }
}

const serviceAccountName = 'kubernetes.io/service-account.name'

const missing = (data: Data, ...keys: readonly string[]): FieldProblem[] =>
  keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`))

function jsonProblems(data: Data, key: string): FieldProblem[] {
  const value = data[key]
  if (value === undefined) return missing(data, key)
  const text = Buffer.from(value, 'base64').toString('utf8')
  try {
    JSON.parse(text)
    return []
  } catch {
    const first = text.trimStart()[0]
    const why =
      first === undefined
        ? 'unexpected end of JSON input'
        : /[[{"\d-]/.test(first)
          ? 'invalid JSON'
          : `invalid character '${first}' looking for beginning of value`
    return [invalid(`data[${key}]`, '<secret contents redacted>', why)]
  }
}

/** What the type of the secret asks for and its data lacks. */
export function secretTypeProblems({ type, data = {}, metadata }: Parts): FieldProblem[] {
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return (metadata.annotations?.[serviceAccountName] ?? '') === ''
        ? [required(`metadata.annotations[${serviceAccountName}]`)]
        : []
    case 'kubernetes.io/dockercfg':
      return jsonProblems(data, '.dockercfg')
    case 'kubernetes.io/dockerconfigjson':
      return jsonProblems(data, '.dockerconfigjson')
    case 'kubernetes.io/basic-auth':
      return ['username', 'password'].some((key) => Object.hasOwn(data, key))
        ? []
        : missing(data, 'username', 'password')
    case 'kubernetes.io/ssh-auth':
      return (data['ssh-privatekey'] ?? '') === '' ? [required('data[ssh-privatekey]')] : []
    case 'kubernetes.io/tls':
      return missing(data, 'tls.crt', 'tls.key')
    default:
      return []
  }
}

const parsed = <T>(parse: () => T): T | undefined => {
  try {
    return parse()
  } catch {
    return undefined
  }
}

/** What Go's tls says of a pair that cannot serve; the pair is taken all the same. */
export function secretWarnings({ type, data = {} }: Parts): readonly string[] {
  const { 'tls.crt': crt, 'tls.key': key } = data
  if (type !== 'kubernetes.io/tls' || crt === undefined || key === undefined) return []
  const [certificateText, keyText] = [crt, key].map((value) => Buffer.from(value, 'base64'))
  if (!String(certificateText).includes('-----BEGIN ')) return ['tls: failed to find any PEM data in certificate input']
  if (!String(keyText).includes('-----BEGIN ')) return ['tls: failed to find any PEM data in key input']
  const certificate = parsed(() => new X509Certificate(certificateText as Buffer))
  const privateKey = parsed(() => createPrivateKey(keyText as Buffer))
  if (certificate === undefined) return ['tls: failed to parse certificate']
  if (privateKey === undefined) return ['tls: failed to parse private key']
  return certificate.checkPrivateKey(privateKey) ? [] : ['tls: private key does not match public key']
}
