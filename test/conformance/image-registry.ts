/** A real image registry for tests, on a free loopback port: the engine trusts those without TLS. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { docker } from '../local-image.ts'
import { until } from '../until.ts'
import { freePort } from './etcd-server.ts'

export class ImageRegistry implements AsyncDisposable {
  /** `127.0.0.1:PORT`, the first part of its images' names. */
  readonly host: string
  readonly #end: () => Promise<void>

  private constructor(host: string, end: () => Promise<void>) {
    this.host = host
    this.#end = end
  }

  /** Runs Debian's `docker-registry` until it is disposed of. */
  static async start(): Promise<ImageRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-registry-'))
    const host = `127.0.0.1:${await freePort()}`
    const config = join(folder, 'config.json')
    const storage = { filesystem: { rootdirectory: join(folder, 'images') } }
    await writeFile(config, JSON.stringify({ version: '0.1', log: { level: 'error' }, storage, http: { addr: host } }))
    const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    await until('the registry answers', () =>
      fetch(`http://${host}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    return new ImageRegistry(host, async () => {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    })
  }

  /** Puts a local image into the registry and takes its new name off the engine again. Gives that name. */
  async publish(local: string, name: string): Promise<string> {
    const [repo = '', tag = 'latest'] = name.split(':')
    await docker.getImage(local).tag({ repo: `${this.host}/${repo}`, tag })
    const image = docker.getImage(`${this.host}/${name}`)
    const progress = await image.push({ authconfig: {} })
    await new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())),
    )
    await image.remove()
    return `${this.host}/${name}`
  }

  /** The digest by which the registry knows an image. */
  async digestOf(name: string): Promise<string | null> {
    const [repo = '', tag = 'latest'] = name.split(':')
    const accept = 'application/vnd.docker.distribution.manifest.v2+json'
    const response = await fetch(`http://${this.host}/v2/${repo}/manifests/${tag}`, { headers: { accept } })
    return response.headers.get('docker-content-digest')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end()
  }
}
