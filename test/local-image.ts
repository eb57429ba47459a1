/** Makes small images of this machine's own programs: nothing has to be pulled. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { pack } from 'tar-stream'

/** The local engine, for tests and benchmarks. */
export const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET ?? '/var/run/docker.sock' })

export interface ImageContent {
  /** Programs of this machine, put with the libraries they need under their own paths. */
  readonly programs: readonly string[]
  /** Programs put elsewhere: path in the image and path on this machine. */
  readonly copies?: Readonly<Record<string, string>>
  /** Other files: path and text. */
  readonly files?: Readonly<Record<string, string>>
  /** Symbolic links: path and target. */
  readonly links?: Readonly<Record<string, string>>
  readonly directories?: readonly string[]
}

/** The image `repository:tag`, imported unless the engine has it. Faults: an error naming a missing program. */
export async function ensureImage(reference: string, content: ImageContent): Promise<void> {
  const image = docker.getImage(reference)
  const present = await image.inspect().then(
    () => true,
    () => false,
  )
  if (present) return
  const tar = pack()
  for (const name of ['bin/', 'etc/', 'tmp/', ...(content.directories ?? [])])
    tar.entry({ name, type: 'directory', mode: name === 'tmp/' ? 0o1777 : 0o755 })
  for (const program of content.programs) {
    for (const file of [program, ...(await librariesOf(program))])
      tar.entry({ name: file.slice(1), mode: 0o755 }, await readFile(file))
  }
  for (const [path, source] of Object.entries(content.copies ?? {})) {
    for (const library of await librariesOf(source))
      tar.entry({ name: library.slice(1), mode: 0o755 }, await readFile(library))
    tar.entry({ name: path.slice(1), mode: 0o755 }, await readFile(source))
  }
  for (const [path, text] of Object.entries(content.files ?? {})) tar.entry({ name: path.slice(1) }, text)
  for (const [path, linkname] of Object.entries(content.links ?? {}))
    tar.entry({ name: path.slice(1), type: 'symlink', linkname })
  tar.finalize()
  const [repo, tag] = reference.split(':')
  const progress = await docker.importImage(tar as never, { repo, tag } as never)
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(progress as never, (error) => (error ? reject(error) : resolve())),
  )
}

/** Shared libraries, the loader included; none when the program is static. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const listed = await promisify(execFile)('ldd', [program]).catch(() => ({ stdout: '' }))
  return [...listed.stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path as string)
}
