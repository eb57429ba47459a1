/** `gantry version`: of this program, and of the server if there is one. */
import { Command } from 'commander'
import { messageOf } from '../lib/errors.ts'
import { findKubeConfig } from './kube-config.ts'
import { type ClientFlags, output, withClientFlags } from './options.ts'
import { jsonText, yamlText } from './output/print.ts'
import { packageVersion } from './package-version.ts'
import { getText } from './server-request.ts'
import type { Terminal } from './terminal.ts'

interface VersionFlags extends ClientFlags {
  readonly output?: 'json' | 'yaml'
  readonly client?: boolean
}

export const versionCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('version'))
    .description('show the version of this program, and of the server if one answers')
    .option('--client', 'of this program only')
    .addOption(output('json', 'yaml'))
    .action(async (flags: VersionFlags) => {
      const client = { version: packageVersion(), node: process.version }
      const server = flags.client === true ? undefined : await serverVersion(flags, terminal)
      const all = server === undefined ? { client } : { client, server }
      if (flags.output === 'json') return terminal.out(jsonText(all))
      if (flags.output === 'yaml') return terminal.out(yamlText(all))
      terminal.out(`gantry ${client.version} (Node.js ${client.node})`)
      if (server !== undefined)
        terminal.out(
          'error' in server ? `server: none (${server.error})` : `server ${server.gitVersion} at ${server.url}`,
        )
    })

type ServerVersion = { readonly url: string; readonly gitVersion: string } | { readonly error: string }

async function serverVersion(flags: VersionFlags, terminal: Terminal): Promise<ServerVersion> {
  try {
    const kubeConfig = findKubeConfig(flags, terminal)
    const body = await getText(kubeConfig, '/version', new AbortController().signal)
    const { gitVersion = 'unknown' } = JSON.parse(body) as { readonly gitVersion?: string }
    return { url: kubeConfig.server, gitVersion }
  } catch (error) {
    return { error: messageOf(error) }
  }
}
