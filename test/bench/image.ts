/** The image that all contenders run: busybox alone, imported into the local engine. */
import { readFile } from 'node:fs/promises'
import Docker from 'dockerode'
import { pack } from 'tar-stream'

export const benchImage = 'gantry-bench/busybox:1'

/** Runs until SIGTERM and then leaves at once: stopping costs no contender a timeout. */
export const benchCommand = [
  '/bin/busybox',
  'sh',
  '-c',
  'trap "exit 0" TERM; while :; do /bin/busybox sleep 3600 & wait $!; done',
]

export const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET ?? '/var/run/docker.sock' })

export async function ensureBenchImage(): Promise<void> {
  const present = await docker
    .getImage(benchImage)
    .inspect()
    .then(
      () => true,
      () => false,
    )
  if (present) return
  const busybox = await readFile('/bin/busybox').catch(() => {
    throw new Error('the benchmark needs /bin/busybox: apt-get install busybox-static')
  })
  const tar = pack()
  tar.entry({ name: 'bin/', type: 'directory', mode: 0o755 })
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, busybox)
  tar.finalize()
  const [repo, tag] = benchImage.split(':')
  const progress = await docker
    .createImage({ fromSrc: '-', repo, tag }, tar as never)
    .catch(async () => docker.importImage(tar as never, { repo, tag } as never))
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(progress as never, (error) => (error ? reject(error) : resolve())),
  )
}

/** Resolves when `holds` does; asks every 20 ms, for at most `seconds`. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 180): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`gave up after ${seconds} s waiting for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
