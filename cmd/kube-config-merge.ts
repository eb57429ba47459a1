/** A kubeconfig as other tools read it, and how it is added to the one that they have. */
import { readFile, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { Document, isMap, isSeq, parseDocument } from 'yaml'
import { Fault } from '../lib/errors.ts'
import { writePrivateFile } from '../lib/private-file.ts'
import type { Terminal } from './terminal.ts'

export interface KubeConfigParts {
  /** Of the cluster, the user and the context. */
  readonly name: string
  readonly server: string
  /** Base64 of PEM. */
  readonly authority: string | undefined
  readonly namespace: string | undefined
  /** As the file has it: `token`, or `client-certificate-data` and `client-key-data`. */
  readonly user: Readonly<Record<string, string>>
}

const entriesOf = ({ name, server, authority, namespace, user }: KubeConfigParts) => ({
  clusters: {
    name,
    cluster: { server, ...(authority === undefined ? {} : { 'certificate-authority-data': authority }) },
  },
  users: { name, user },
  contexts: { name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } },
})

/** A whole kubeconfig of it alone. */
export function kubeConfigDocument(parts: KubeConfigParts): object {
  const { clusters, users, contexts } = entriesOf(parts)
  const head = { apiVersion: 'v1', kind: 'Config' }
  return { ...head, clusters: [clusters], users: [users], contexts: [contexts], 'current-context': parts.name }
}

/** `text` with the entries of `parts` in place of those of the same names; all else, comments too, stays. */
export function mergedText(text: string, parts: KubeConfigParts): string {
  const document = text.trim() === '' ? new Document({ apiVersion: 'v1', kind: 'Config' }) : parseDocument(text)
  if (document.errors.length > 0 || !isMap(document.contents))
    throw new Fault('BadRequest', `it is no kubeconfig: ${document.errors[0]?.message ?? 'not an object'}`)
  for (const [list, entry] of Object.entries(entriesOf(parts))) {
    const known = document.get(list)
    if (!isSeq(known)) document.set(list, document.createNode([entry]))
    else {
      const at = known.items.findIndex((one) => isMap(one) && one.get('name') === parts.name)
      const node = document.createNode(entry)
      if (at < 0) known.add(node)
      else known.items[at] = node
    }
  }
  document.set('current-context', parts.name)
  return document.toString({ lineWidth: 0 })
}

/** Writes it into the first file of $KUBECONFIG, or ~/.kube/config; says which, and which context was current before. */
export async function mergeKubeConfig(
  parts: KubeConfigParts,
  { env, defaultDataDir }: Pick<Terminal, 'env' | 'defaultDataDir'>,
): Promise<{ readonly path: string; readonly before: string | undefined }> {
  const named = env.KUBECONFIG?.split(delimiter).find((one) => one !== '')
  const path = named ?? join(dirname(defaultDataDir), '.kube', 'config')
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new Fault('BadRequest', `${path}: ${error.message}`, { cause: error })
  })
  const before = parseDocument(text).get('current-context')
  // A link to where somebody keeps it stays one.
  await writePrivateFile(await realpath(path).catch(() => path), mergedText(text, parts))
  return { path, before: typeof before === 'string' && before !== '' ? before : undefined }
}
