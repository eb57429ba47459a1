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
  /** Base64 of PEM, as the file has them. */
  readonly certificateAuthority: string | undefined
  readonly token: string | undefined
  readonly clientCertificate: string | undefined
  readonly clientKey: string | undefined
}

interface Flags {
  readonly kubeconfig?: string
  readonly dataDir?: string
}

interface Named {
  readonly name?: string
}

interface KubeConfig {
  readonly 'current-context'?: string
  readonly contexts?: readonly (Named & { readonly context?: Context })[]
  readonly clusters?: readonly (Named & { readonly cluster?: Cluster })[]
  readonly users?: readonly (Named & { readonly user?: User })[]
}

interface Context {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
}

interface Cluster {
  readonly server?: string
  readonly 'certificate-authority-data'?: string
}

interface User {
  readonly token?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key-data'?: string
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
    return readKubeConfig(path)
  } catch (cause) {
    throw new Fault('BadRequest', `${path} cannot be read as a kubeconfig: ${messageOf(cause)}`, { cause })
  }
}

function readKubeConfig(path: string): KubeConfigFile {
  const config = parse(readFileSync(path, 'utf8')) as KubeConfig | null
  const context = named(config?.contexts, config?.['current-context'])?.context
  const cluster = named(config?.clusters, context?.cluster)?.cluster
  const user = named(config?.users, context?.user)?.user
  if (cluster?.server === undefined) throw new Error('its current context names no server')
  return {
    path,
    server: cluster.server.replace(/\/$/, ''),
    namespace: context?.namespace,
    certificateAuthority: cluster['certificate-authority-data'],
    token: user?.token,
    clientCertificate: user?.['client-certificate-data'],
    clientKey: user?.['client-key-data'],
  }
}

const named = <T extends Named>(list: readonly T[] | undefined, name: string | undefined): T | undefined =>
  list?.find((item) => item.name === name)
