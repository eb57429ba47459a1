/** Runs a kubectl command as it was recorded: a home and a cache of its own, its files around it, an interrupt when it had one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../until.ts'
import type { KubectlCase } from './kubectl-case.ts'

export interface CommandBed {
  readonly binary: string
  /** Of the proxy. */
  readonly url: string
  readonly authority: string
  readonly token: string
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

type Typed = Pick<KubectlCase, 'argv' | 'files' | 'stdin' | 'env' | 'interruptedAfterSeconds' | 'stdout'>

/** Waits for the end of the command; one that goes on is interrupted when the recorded one was, but not before it has said as much. */
export async function runCommand(bed: CommandBed, typed: Typed, directory: string): Promise<Outcome> {
  const home = mkdtempSync(join(tmpdir(), 'gantry-kubectl-'))
  try {
    for (const [name, text] of Object.entries(typed.files ?? {})) writeFileSync(join(directory, name), text)
    const config = join(home, 'kubeconfig')
    writeFileSync(config, kubeconfig(bed), { mode: 0o600 })
    const child = spawn(bed.binary, typed.argv, {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: config, TERM: 'dumb', ...typed.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text
      })
    }
    child.stdin.on('error', () => undefined).end(typed.stdin ?? '')
    const lines = (text: string): number => text.split('\n').length
    const saidAll = (): boolean => child.exitCode !== null || lines(texts.stdout) >= lines(typed.stdout)
    const interrupt = async (): Promise<void> => {
      await until('it said as much as was recorded', saidAll, 20).catch(() => undefined)
      child.kill('SIGINT')
    }
    const timer = setTimeout(() => void interrupt(), (typed.interruptedAfterSeconds ?? 60) * 1000)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    // a process that an interrupt ended has no code; a shell would say 130, the recorder said 1
    return { ...texts, exitCode: code ?? 1 }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

const kubeconfig = ({ url, authority, token }: CommandBed): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'golden',
    contexts: [{ name: 'golden', context: { cluster: 'golden', user: 'golden', namespace: 'golden-a' } }],
    clusters: [
      {
        name: 'golden',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(authority).toString('base64') },
      },
    ],
    users: [{ name: 'golden', user: { token } }],
  })
