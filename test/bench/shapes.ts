/** The shapes in which Gantry is measured: one process, or an operator and an agent on an API server. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { until } from './patience.ts'

export interface Shape {
  readonly name: string
  /** Of its container instance: no other on the same engine has it. */
  readonly instance: string
  /** Starts it; the kubeconfig to reach it by. */
  open(directory: string): Promise<string>
  close(): Promise<void>
}

/** So far, since it was opened; heartbeats and looks at health not among them. */
export interface Calls {
  readonly operator: number
  readonly agent: number
}

const entry = join(import.meta.dirname, '../../cmd/gantry.ts')
const room = ['--cpu', '65536', '--memory', '65536']
const quiet = ['--log-level', 'error']
const ownInstance = (): string => `bench-${randomUUID().slice(0, 8)}`

const start = (...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [entry, ...args, ...quiet, '-o', 'json'], { stdio: ['ignore', 'pipe', 'inherit'] })

/** What it says once it is ready. */
async function said(child: ChildProcess): Promise<Readonly<Record<string, string>>> {
  if (child.stdout === null) throw new Error('its output is not read')
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Record<string, string>
  throw new Error('gantry ended before it was ready')
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children.toReversed()) {
    const ended = child.exitCode !== null ? undefined : new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

/** `gantry up`: all in one process, controllers on the direct client. */
export function upShape(): Shape {
  const instance = ownInstance()
  let child: ChildProcess | undefined
  return {
    name: 'Gantry',
    instance,
    async open(directory) {
      child = start('up', '--name', instance, '--data-dir', directory, '--listen', '127.0.0.1:0', ...room)
      await said(child)
      return join(directory, 'kubeconfig')
    },
    close: () => end(child === undefined ? [] : [child]),
  }
}

/** The controllers as an operator, through the kubernetes client, on our own API server in the place of a kube-apiserver. */
export function operatorShape(): Shape & { calls(): Promise<Calls> } {
  const instance = ownInstance()
  const children: ChildProcess[] = []
  let [health, audit] = ['', '']
  return {
    name: 'Gantry as an operator',
    instance,
    async open(directory) {
      audit = join(directory, 'audit.log')
      const own = ['--data-dir', directory, '--listen', '127.0.0.1:0', '--audit-log', audit]
      const server = start('server', '--controllers', 'kubernetes', ...own)
      children.push(server)
      const { url = '', kubeconfig = '' } = await said(server)
      const operator = start('operator', '--kubeconfig', kubeconfig, '--health-listen', '127.0.0.1:0')
      children.push(operator)
      health = (await said(operator)).health ?? ''
      const made = [entry, 'token', 'create', '--kubeconfig', kubeconfig]
      const { stdout: token } = await promisify(execFile)(process.execPath, made)
      const joins = ['--server', url, '--token', token.trim(), '--data-dir', join(directory, 'agent')]
      const agent = start('agent', ...joins, '--name', instance, ...room)
      children.push(agent)
      await said(agent)
      await until('the audit log', async () => existsSync(audit))
      return kubeconfig
    },
    async calls() {
      const metrics = await (await fetch(`${health}/metrics`)).text()
      const answers = metrics.matchAll(/^gantry_client_requests_total\{.*\} (\d+)$/gm)
      const lines = (await readFile(audit, 'utf8')).split('\n')
      return {
        operator: [...answers].reduce((sum, [, count]) => sum + Number(count), 0),
        agent: lines.filter((line) => line.includes('system:container-instance:')).length,
      }
    },
    close: () => end(children.splice(0)),
  }
}
