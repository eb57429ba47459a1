/** `gantry kubeconfig`: how to reach the server, for this user or for another, for other tools. */
import { Command } from 'commander'
import { Fault } from '../lib/errors.ts'
import type { Millis } from '../lib/time.ts'
import { findKubeConfig, type KubeConfigFile } from './kube-config.ts'
import { kubeConfigDocument, mergeKubeConfig } from './kube-config-merge.ts'
import { type ClientFlags, duration, output, withClientFlags } from './options.ts'
import { jsonText, yamlText } from './output/print.ts'
import type { Terminal } from './terminal.ts'

interface Flags extends ClientFlags {
  readonly user?: string
  readonly group?: readonly string[]
  readonly ttl: Millis
  readonly context: string
  readonly merge?: boolean
  readonly output?: 'json' | 'yaml'
}

export const kubeConfigCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('kubeconfig'))
    .description('print a kubeconfig for the server')
    .option('--user <name>', 'for this user, who gets a certificate; only administrators may')
    .option('--group <name>', 'a group of that user; may be repeated', collected)
    .option('--ttl <time>', 'how long that certificate lasts: from 10m, at most a year', duration, duration('720h'))
    .option('--context <name>', 'name of its cluster, user and context', 'gantry')
    .option('--merge', 'write it into $KUBECONFIG or ~/.kube/config, beside what is there, and make it current')
    .addOption(output('json', 'yaml'))
    .action(async (flags: Flags) => {
      const own = findKubeConfig(flags, terminal)
      if (flags.user === undefined && flags.group !== undefined)
        throw new Fault('BadRequest', '--group goes with --user')
      const user = flags.user === undefined ? credentialsOf(own) : await issued(flags.user, flags, terminal)
      const namespace = flags.cluster ?? flags.namespace ?? own.namespace
      const facts = { name: flags.context, server: own.server, authority: own.certificateAuthority, namespace, user }
      if (flags.merge === true) {
        const { path, before } = await mergeKubeConfig(facts, terminal)
        const was = before === undefined || before === flags.context ? '' : `; it was ${before}`
        return terminal.err(`${path}: the current context is ${flags.context}${was}`)
      }
      const config = kubeConfigDocument(facts)
      terminal.out(flags.output === 'json' ? jsonText(config) : yamlText(config))
    })

const collected = (name: string, before: readonly string[] = []): readonly string[] => [...before, name]

/** What the file found says of its user, in a kubeconfig's words. */
function credentialsOf({ token, clientCertificate, clientKey }: KubeConfigFile): Readonly<Record<string, string>> {
  if (token !== undefined) return { token }
  if (clientCertificate === undefined || clientKey === undefined) return {}
  return { 'client-certificate-data': clientCertificate, 'client-key-data': clientKey }
}

/** A certificate for somebody else, by the way that Kubernetes has for it: asked for, approved, signed. */
async function issued(user: string, flags: Flags, terminal: Terminal): Promise<Readonly<Record<string, string>>> {
  const [{ openSession }, { issueClientCertificate }] = await Promise.all([
    import('./session.ts'),
    import('./issue-certificate.ts'),
  ])
  const session = await openSession(flags, terminal)
  const subject = { commonName: user, organizations: flags.group ?? [] }
  const { certificate, key } = await issueClientCertificate(session, subject, flags.ttl)
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
}
