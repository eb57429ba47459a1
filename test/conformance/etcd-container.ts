/** etcd in a container, by testcontainers, on an image made of this machine's own etcd. */
import { tmpdir } from 'node:os'
import { GenericContainer, type StartedTestContainer } from 'testcontainers'
import { docker, ensureImage } from '../local-image.ts'
import type { LaunchEtcd } from './etcd-server.ts'

const image = 'gantry-test/etcd:1'

/** Shares the machine's network, so that the ports chosen outside hold inside, and the directory for temporary files. */
export async function containerLauncher(): Promise<LaunchEtcd> {
  // No reaper: its image cannot be pulled everywhere. Whoever launches also ends, and hack/test.ts looks for leftovers.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
  await ensureImage(image, { programs: ['/usr/bin/etcd'] })
  return (args) => {
    const starting = new GenericContainer(image)
      .withNetworkMode('host')
      .withBindMounts([{ source: tmpdir(), target: tmpdir() }])
      .withCommand(['/usr/bin/etcd', ...args])
      .start()
    return {
      signal: (name) => void starting.then((started) => docker.getContainer(started.getId()).kill({ signal: name })),
      ended: starting.then(ended),
    }
  }
}

async function ended(started: StartedTestContainer): Promise<void> {
  const container = docker.getContainer(started.getId())
  await container.wait()
  await container.remove({ force: true })
}
