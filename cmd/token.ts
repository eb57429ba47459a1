/** `gantry token`: the tokens by which machines join. */
import { Command } from 'commander'
import {
  type BootstrapToken,
  bootstrapSecret,
  bootstrapTokenForm,
  readBootstrapToken,
} from '../api/v1/bootstrap-token.ts'
import { Secret } from '../api/v1/core.ts'
import { systemNamespace } from '../api/v1/well-known.ts'
import { Fault } from '../lib/errors.ts'
import { humanDuration } from '../lib/human-duration.ts'
import { randomBelow, systemRandom } from '../lib/random.ts'
import { between, type Instant, type Millis, plus, timestamp } from '../lib/time.ts'
import { type ClientFlags, duration, output, withClientFlags } from './options.ts'
import { jsonText, yamlText } from './output/print.ts'
import { alignRows } from './output/table.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'

interface CreateFlags extends ClientFlags {
  readonly ttl: Millis
  readonly description?: string
  readonly output?: 'json' | 'yaml'
}

interface ListFlags extends ClientFlags {
  readonly output?: 'json' | 'yaml'
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
const randomText = (length: number): string =>
  Array.from({ length }, () => alphabet[randomBelow(systemRandom, alphabet.length)]).join('')
const keyOf = (id: string) => ({ namespace: systemNamespace, name: `bootstrap-token-${id}` })

async function sessionOf(flags: ClientFlags, terminal: Terminal): Promise<Session> {
  const { openSession } = await import('./session.ts')
  return openSession(flags, terminal)
}

export const tokenCommand = (terminal: Terminal): Command =>
  new Command('token')
    .description('tokens by which machines join: with one, an agent gets a certificate of its own')
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(deleteTokenCommand(terminal))

const createCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('create'))
    .description('make a token, and print it')
    .option('--ttl <time>', 'for how long machines may join by it', duration, duration('1h'))
    .option('--description <text>', 'what it is for')
    .addOption(output('json', 'yaml'))
    .action(async (flags: CreateFlags) => {
      const { client, clock, kubeConfig, signal } = await sessionOf(flags, terminal)
      if (kubeConfig.certificateAuthority === undefined)
        throw new Fault('BadRequest', `${kubeConfig.path} names no certificate authority for the token to pin`)
      const { fingerprint } = await import('../lib/x509/read.ts')
      const { description, ttl } = flags
      const made = { id: randomText(6), secret: randomText(16), expiration: plus(clock.now(), ttl) }
      await client.create(
        Secret,
        bootstrapSecret({ ...made, ...(description === undefined ? {} : { description }) }),
        signal,
      )
      const authority = Buffer.from(kubeConfig.certificateAuthority, 'base64').toString('utf8')
      const token = `gantry.${fingerprint(authority)}.${made.id}.${made.secret}`
      const all = { token, id: made.id, expiration: timestamp(made.expiration) }
      if (flags.output === 'json') return terminal.out(jsonText(all))
      if (flags.output === 'yaml') return terminal.out(yamlText(all))
      terminal.out(token)
      terminal.err(
        `For ${humanDuration(ttl)}, on each machine:  gantry agent --server ${kubeConfig.server} --token TOKEN`,
      )
    })

interface Listed {
  readonly id: string
  readonly expiration?: string
  readonly expired: boolean
  readonly description?: string
}

const listed = ({ id, expiration, description }: BootstrapToken, now: Instant): Listed => ({
  id,
  ...(expiration === undefined ? {} : { expiration: timestamp(expiration) }),
  expired: expiration !== undefined && now >= expiration,
  ...(description === undefined ? {} : { description }),
})

const listCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('list'))
    .description('show the tokens, without their secret part')
    .addOption(output('json', 'yaml'))
    .action(async (flags: ListFlags) => {
      const { client, clock, signal } = await sessionOf(flags, terminal)
      const { items } = await client.list(Secret, { namespace: systemNamespace }, signal)
      const tokens = items
        .filter(({ metadata }) => metadata.name.startsWith('bootstrap-token-'))
        .flatMap((secret) => readBootstrapToken(secret) ?? [])
      const now = clock.now()
      if (flags.output === 'json') return terminal.out(jsonText(tokens.map((token) => listed(token, now))))
      if (flags.output === 'yaml') return terminal.out(yamlText(tokens.map((token) => listed(token, now))))
      if (tokens.length === 0) return terminal.err('There are no tokens.')
      const left = ({ expiration }: BootstrapToken): string =>
        expiration === undefined ? '<never>' : now >= expiration ? '<expired>' : humanDuration(between(now, expiration))
      const rows = tokens.map((token) => [token.id, left(token), token.description ?? ''])
      terminal.out(alignRows([['ID', 'EXPIRES-IN', 'DESCRIPTION'], ...rows]).join('\n'))
    })

const deleteTokenCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('delete'))
    .description('end tokens now; who joined by them stays')
    .argument('<token...>', 'tokens, or the ids that `gantry token list` shows')
    .action(async (given: readonly string[], flags: ClientFlags) => {
      const { client, signal } = await sessionOf(flags, terminal)
      for (const text of given) {
        const id = bootstrapTokenForm.exec(text)?.[1] ?? text
        if (!/^[a-z0-9]{6}$/.test(id)) throw new Fault('BadRequest', `"${text}" is no token, nor the id of one`)
        await client.delete(Secret, keyOf(id), {}, signal)
        terminal.out(`token ${id} deleted`)
      }
    })
