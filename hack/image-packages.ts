/**
 * Puts beside the compiled sources what the image needs of the checkout: the launcher and the npm packages of production, without
 * what only compilers and people read. Runs in the image's build, offline.
 *   node hack/image-packages.ts FOLDER
 */
import { cp, mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>
}

const unread = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|flow)$|^(test|tests|docs|examples?|\.github)$/i

const root = join(import.meta.dirname, '..')
const [target] = process.argv.slice(2)
if (target === undefined) throw new Error('usage: node hack/image-packages.ts FOLDER')

const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
for (const [path, { dev, optional }] of Object.entries(packages)) {
  if (path === '' || dev === true) continue
  await mkdir(dirname(join(target, path)), { recursive: true })
  // a package's own packages have entries of their own
  const filter = (from: string): boolean => {
    const name = basename(from)
    return from === join(root, path) || (name !== 'node_modules' && !unread.test(name))
  }
  await cp(join(root, path), join(target, path), { recursive: true, filter }).catch((error: NodeJS.ErrnoException) => {
    // packages for other machines are in the lock, and not here
    if (optional !== true || error.code !== 'ENOENT') throw error
  })
}
for (const file of ['package.json', 'cmd/gantry.mjs']) {
  await mkdir(dirname(join(target, file)), { recursive: true })
  await cp(join(root, file), join(target, file))
}
