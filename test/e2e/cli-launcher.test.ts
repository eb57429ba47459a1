import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { gantry, olderNode, readText, root } from './cli-gantry.ts'

const run = promisify(execFile)
const { version } = JSON.parse(await readText(join(root, 'package.json'))) as { version: string }
const older = await olderNode()

describe('the launcher', () => {
  it('runs the sources', async () => {
    expect(await gantry(['version', '--client', '-o', 'json'])).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ client: { version, node: process.version } }, null, 2)}\n`,
      err: '',
    })
  })
  // Only a machine whose own Node is older can show it.
  it.skipIf(older === undefined)("hands over to the checkout's Node when started by an older one", async () => {
    const { code, out, err } = await gantry(['version', '--client', '-o', 'json'], { node: older as string })
    expect(err).toBe('')
    expect(code).toBe(0)
    expect((JSON.parse(out) as { client: { node: string } }).client.node).toMatch(/^v2[4-9]/)
  })
  it('has help for every command', async () => {
    const { out, code } = await gantry(['--help'])
    expect(code).toBe(0)
    const commands = [...out.matchAll(/^ {2}([a-z]+) .*\w/gm)].map(([, name]) => name as string)
    expect(commands).toEqual(
      expect.arrayContaining(['up', 'server', 'agent', 'apply', 'get', 'describe', 'delete', 'logs', 'version']),
    )
    const helps = await Promise.all(commands.map((name) => gantry([name, '--help'])))
    for (const help of helps) expect(help).toMatchObject({ code: 0, out: expect.stringContaining('Usage: gantry') })
  })
})

describe('the package', () => {
  it('has all that runs', async () => {
    await mkdir(join(root, '.cache'), { recursive: true })
    // Below the checkout, so that its dependencies are found as they would be beside an installed package.
    const folder = await mkdtemp(join(root, '.cache/pack-'))
    try {
      await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
      await run('tar', ['xzf', join(folder, `gantry-${version}.tgz`), '-C', folder])
      const { stdout } = await run(process.execPath, [join(folder, 'package/cmd/gantry.mjs'), 'version', '--client'])
      expect(stdout).toContain(version)
      await expect(
        run(process.execPath, [join(folder, 'package/cmd/gantry.mjs'), 'up', '--help']),
      ).resolves.toMatchObject({
        stdout: expect.stringContaining('--data-dir'),
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
      await rm(join(root, 'dist'), { recursive: true, force: true })
    }
  })
})
