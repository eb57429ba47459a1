/** Flags that several commands share, spelled the same everywhere. */
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ListenAddress } from '../lib/listening.ts'
import { type LogLevel, logLevels } from '../lib/log.ts'
import { type Millis, millis } from '../lib/time.ts'
import { limits } from './limits.ts'

/** Flags of every command that asks a server. */
export interface ClientFlags {
  readonly kubeconfig?: string
  readonly dataDir?: string
  readonly cluster?: string
  readonly namespace?: string
  readonly logLevel: LogLevel
}

const logLevel = (preset: LogLevel): Option =>
  new Option('--log-level <level>', 'log lines (JSON, on stderr) from this level')
    .choices([...logLevels])
    .default(preset)

/** `-o` with the formats that the command knows. */
export const output = (...formats: readonly string[]): Option =>
  new Option('-o, --output <format>', 'output format').choices([...formats])

export const withClientFlags = (command: Command): Command =>
  command
    .option('-n, --cluster <name>', 'the cluster (namespace) to work in')
    .addOption(new Option('--namespace <name>', 'the same as --cluster').hideHelp())
    .option('--kubeconfig <file>', 'how to reach the server (default: $GANTRY_KUBECONFIG, then ~/.gantry/kubeconfig)')
    .option('--data-dir <dir>', 'the data folder of the server on this machine, instead of --kubeconfig')
    .addOption(logLevel('warn'))

/** Flags of every command that runs until it is stopped. */
export interface DaemonFlags {
  readonly output?: 'json'
  readonly logLevel: LogLevel
}

export const withDaemonFlags = (command: Command): Command =>
  command.addOption(output('json')).addOption(logLevel('info'))

/** Flags of the commands that serve the API. */
export interface ServerFlags extends DaemonFlags {
  readonly dataDir: string
  readonly listen: ListenAddress
  readonly encryptionKeyFile?: string
  /** False: none. Undefined: as the command sees fit. */
  readonly auditLog?: string | false
  readonly auditLogMaxSize: number
  readonly auditLogMaxBackups: number
}

export const withServerFlags = (command: Command, defaultDataDir: string): Command =>
  withDaemonFlags(
    command
      .option('--data-dir <dir>', 'where the kubeconfig and the embedded store live', absolute, defaultDataDir)
      .option('--listen <host:port>', 'where to serve the API; port 0 picks a free one', listenAddress, {
        host: '127.0.0.1',
        port: 7443,
      })
      .option(
        '--encryption-key-file <file>',
        'the keys that secrets are encrypted with in the store (default: encryption-keys in --data-dir, made at the first start)',
        absolute,
      )
      .addOption(
        new Option(
          '--audit-log <file>',
          'write who did what as JSON lines (default: audit.log in --data-dir of `server`, none of `up`)',
        ).argParser(absolute),
      )
      .option('--no-audit-log', 'write none')
      .option('--audit-log-max-size <mib>', 'begin a new file at this size', wholeNumber, limits.auditLogMiB)
      .option('--audit-log-max-backups <n>', 'older files to keep', wholeNumber, limits.auditLogBackups),
  )

/** A path as seen from here. */
export const absolute = (path: string): string => resolve(path)

/** Parses `127.0.0.1:7443`, `[::1]:7443` or `:7443`. */
export function listenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65535)
    throw new InvalidArgumentError('Allowed: HOST:PORT with a port from 0 to 65535, as 127.0.0.1:7443.')
  return { host: bracketed ?? (plain === '' ? '0.0.0.0' : (plain ?? '')), port }
}

/** Flags that say what an agent offers. */
export interface InstanceFlags {
  readonly cluster: string
  readonly name?: string
  readonly zone?: string
  readonly cpu?: number
  readonly memory?: number
  readonly attribute: Readonly<Record<string, string>>
  readonly taskCleanupWait?: Millis
}

export const withInstanceFlags = (command: Command): Command =>
  command
    .option('--cluster <name>', 'the cluster that the instance joins', 'default')
    .option('--name <name>', "name of the container instance (default: the machine's)")
    .option('--zone <zone>', 'its availability zone')
    .option('--cpu <units>', 'CPU units to offer, 1024 for a core (default: all)', wholeNumber)
    .option('--memory <mib>', 'memory to offer in MiB (default: all)', wholeNumber)
    .option('--attribute <key=value>', 'an attribute to place by; may be repeated', attribute, {})
    .option(
      '--task-cleanup-wait <time>',
      'how long the containers of a stopped task, and with them its logs, are kept (default: 3h)',
      duration,
    )

/** A number of at least 1. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('Allowed: a whole number from 1.')
  return Number(text)
}

function attribute(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, key, value = ''] = /^([\w./\\-]{1,128})(?:=(.*))?$/.exec(text) ?? []
  if (key === undefined) throw new InvalidArgumentError('Allowed: KEY=VALUE.')
  return { ...before, [key]: value }
}

/** `90`, `90s`, `5m`, `1h` as milliseconds. */
export function durationMillis(text: string): number {
  const [, number, unit = 's'] = /^(\d{1,9})(ms|s|m|h)?$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('Allowed: a number with ms, s, m or h, as 90s.')
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 1000
  return Number(number) * factor
}

/** The same, with its unit in the type. */
export const duration = (text: string): Millis => millis(durationMillis(text))

/** `https://a:7443` or `https://a:7443,https://b:7443`. */
export function servers(text: string): readonly string[] {
  const urls = text.split(',').map((url) => url.trim().replace(/\/$/, ''))
  const wrong = urls.find((url) => URL.parse(url)?.protocol !== 'https:')
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is not of the form https://HOST:PORT.`)
  return urls
}

/** `a` or `a,b`: names of namespaces. */
export function namespaceNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is not the name of a namespace.`)
  return names
}

/** Where a server may keep its resources. */
export const storeKinds = ['embedded', 'etcd'] as const
export type StoreKind = (typeof storeKinds)[number]
