/** Finds the kubeconfig that says how to reach the server, and reads the few things of it that commands need. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Fault, messageOf } from '../lib/errors.ts'
import type { Terminal } from './terminal.ts'

export interface KubeConfigFile {
  readonly path: string
  readonly server: string
  /** The namespace of its current context. */
  readonly namespace: string | undefined
}

interface Flags {
  readonly kubeconfig?: string
  readonly dataDir?: string
}

interface KubeConfig {
  readonly 'current-context'?: string
  readonly contexts?: readonly { readonly name?: string; readonly context?: Context }[]
  readonly clusters?: readonly { readonly name?: string; readonly cluster?: { readonly server?: string } }[]
}

interface Context {
  readonly cluster?: string
  readonly namespace?: string
}

/** --kubeconfig, --data-dir, $GANTRY_KUBECONFIG, ~/.gantry/kubeconfig: the first one given. Faults: Unavailable, BadRequest. */
export function findKubeConfig(flags: Flags, terminal: Pick<Terminal, 'env' | 'defaultDataDir'>): KubeConfigFile {
  const fromEnvironment = terminal.env.GANTRY_KUBECONFIG
  const path =
    flags.kubeconfig ??
    (flags.dataDir === undefined ? undefined : join(flags.dataDir, 'kubeconfig')) ??
    (fromEnvironment === undefined || fromEnvironment === '' ? undefined : fromEnvironment) ??
    join(terminal.defaultDataDir, 'kubeconfig')
  if (!existsSync(path)) {
    const how = 'start one with `gantry up`, or say where it is with --kubeconfig, --data-dir or $GANTRY_KUBECONFIG'
    throw new Fault('Unavailable', `there is no Gantry server here: ${path} does not exist; ${how}`)
  }
  try {
    const config = parse(readFileSync(path, 'utf8')) as KubeConfig
    const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context
    const server = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster?.server
    if (server === undefined) throw new Error('its current context names no server')
    return { path, server, namespace: context?.namespace }
  } catch (cause) {
    throw new Fault('BadRequest', `${path} cannot be read as a kubeconfig: ${messageOf(cause)}`, { cause })
  }
}
