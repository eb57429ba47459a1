/**
 * Builds the small image of examples, demo and tests: busybox and the example's scripts. No registry is needed where the
 * machine has a busybox; else the registry's is the base.
 *   node hack/image.ts
 */
import { execFile } from 'node:child_process'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Pack, pack } from 'tar-stream'
import { askEngine, callEngine } from './engine-api.ts'

/** What the example's task definitions ask for. */
export const bookstoreImage = 'gantry/bookstore:1'

const registryBase = 'busybox:1.37'
const pullLimit = 60_000
const scripts = join(import.meta.dirname, '../deploy/examples/bookstore/image')
const run = promisify(execFile)

/** Builds the image unless it is there, and the same as ever. Says how it was made; undefined: it was there. */
export async function ensureBookstoreImage(): Promise<string | undefined> {
  const files = await readScripts()
  const label = await contentLabel(files)
  const there = await callEngine({ method: 'GET', path: `/images/${bookstoreImage}/json` })
  if (there.status === 200 && there.body.includes(label)) return undefined
  const busybox = await findBusybox()
  if (busybox === undefined) {
    await buildOnRegistryBase(files, label)
    return `built on ${registryBase} from the registry`
  }
  await importRootFs(busybox, files, label)
  return `built from this machine's ${busybox}`
}

interface File {
  readonly path: string
  readonly content: Buffer
}

async function readScripts(): Promise<readonly File[]> {
  const names = (await readdir(scripts)).filter((name) => name.endsWith('.sh')).sort()
  return Promise.all(names.map(async (name) => ({ path: `srv/${name}`, content: await readFile(join(scripts, name)) })))
}

/** So that a changed script makes a new image. */
async function contentLabel(files: readonly File[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.concat(files.map(({ content }) => content)))
  return `gantry-${Buffer.from(digest).toString('hex').slice(0, 16)}`
}

async function findBusybox(): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(':'), '/bin', '/usr/bin', '/sbin', '/usr/sbin']
  for (const folder of folders) {
    const found = await realpath(join(folder, 'busybox')).catch(() => undefined)
    if (found !== undefined) return found
  }
  return undefined
}

/** The shared libraries that a program needs, its loader included; none when it is static. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const listed = await run('ldd', [program]).catch(() => ({ stdout: '' }))
  return [...listed.stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path as string)
}

async function importRootFs(busybox: string, files: readonly File[], label: string): Promise<void> {
  const tar = pack()
  for (const name of ['bin/', 'etc/', 'srv/', 'root/']) tar.entry({ name, type: 'directory', mode: 0o755 })
  tar.entry({ name: 'tmp/', type: 'directory', mode: 0o1777 })
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
  tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n')
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, await readFile(busybox))
  for (const library of await librariesOf(busybox))
    tar.entry({ name: library.slice(1), mode: 0o755 }, await readFile(library))
  const { stdout } = await run(busybox, ['--list'])
  for (const name of stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox'))
    tar.entry({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' })
  addFiles(tar, files)
  tar.finalize()
  const [repo = '', tag = ''] = bookstoreImage.split(':')
  const changes = ['ENV PATH=/bin', `LABEL dev.gantry.content=${label}`, 'CMD ["/bin/sh"]']
  const query = new URLSearchParams([
    ['fromSrc', '-'],
    ['repo', repo],
    ['tag', tag],
    ...changes.map((change): [string, string] => ['changes', change]),
  ])
  await streamed({ method: 'POST', path: `/images/create?${query}`, body: tar, contentType: 'application/x-tar' })
}

async function buildOnRegistryBase(files: readonly File[], label: string): Promise<void> {
  const [name = '', version = ''] = registryBase.split(':')
  try {
    await streamed({ method: 'POST', path: `/images/create?fromImage=${name}&tag=${version}`, timeout: pullLimit })
  } catch (cause) {
    throw new Error(
      `the example's image cannot be built: this machine has no busybox, and ${registryBase} cannot be pulled ` +
        `(${cause instanceof Error ? cause.message : cause}).\nInstall busybox: apt-get install busybox-static`,
      { cause },
    )
  }
  const tar = pack()
  tar.entry({ name: 'Dockerfile' }, `FROM ${registryBase}\nLABEL dev.gantry.content=${label}\nCOPY srv /srv\n`)
  addFiles(tar, files)
  tar.finalize()
  await streamed({ method: 'POST', path: `/build?t=${bookstoreImage}`, body: tar, contentType: 'application/x-tar' })
}

function addFiles(tar: Pack, files: readonly File[]): void {
  for (const { path, content } of files) tar.entry({ name: path, mode: 0o755 }, content)
}

/** A call that reports progress in JSON lines: an error may come with status 200, as a line. */
async function streamed(call: Parameters<typeof callEngine>[0]): Promise<void> {
  const { status, body } = await callEngine(call)
  const error = /"error(?:Detail)?":\s*"([^"]*)"/.exec(body)?.[1]
  if (status >= 300 || error !== undefined) throw new Error(error ?? `${status} ${body.trim()}`)
}

if (import.meta.main) {
  const made = await ensureBookstoreImage()
  const { Size } = await askEngine<{ readonly Size: number }>({ method: 'GET', path: `/images/${bookstoreImage}/json` })
  console.log(`${bookstoreImage} (${(Size / 1e6).toFixed(1)} MB): ${made ?? 'was there already'}`)
}
