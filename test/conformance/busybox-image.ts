/** A tiny image for tests on a real engine: busybox alone, imported from a tar made here. */
import { readFile } from 'node:fs/promises'
import Docker from 'dockerode'
import { pack } from 'tar-stream'

export const testImage = 'gantry-test/busybox:1'
const applets = ['sh', 'sleep', 'httpd', 'nc', 'echo', 'cat', 'kill', 'trap', 'env', 'id', 'hostname', 'tail', 'true']

/** Imports the image unless it is there. */
export async function ensureTestImage(): Promise<void> {
  const docker = new Docker()
  const present = await docker
    .getImage(testImage)
    .inspect()
    .then(
      () => true,
      () => false,
    )
  if (present) return
  const tar = pack()
  for (const name of ['bin/', 'tmp/', 'www/', 'etc/']) tar.entry({ name, type: 'directory', mode: 0o755 })
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, await readFile('/bin/busybox'))
  for (const applet of applets) tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  tar.entry({ name: 'www/index.html' }, 'gantry test page\n')
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
  tar.finalize()
  const [repo, tag] = testImage.split(':')
  const progress = await docker.importImage(tar as never, { repo, tag } as never)
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(progress as never, (error) => (error ? reject(error) : resolve())),
  )
}
