/** `gantry restart`: a new deployment of the same thing, as ECS's forceNewDeployment (ecs-core 5.4). */
import { Command } from 'commander'
import { Service } from '../api/v1/service.ts'
import { forceNewDeploymentAnnotation } from '../api/v1/well-known.ts'
import { milliTimestamp } from '../lib/time.ts'
import { type ClientFlags, withClientFlags } from './options.ts'
import { serviceKind, serviceNameOf } from './service-argument.ts'
import type { Terminal } from './terminal.ts'

export const restartCommand = (terminal: Terminal): Command =>
  withClientFlags(new Command('restart'))
    .description(
      'replace all tasks of services by new ones of the same, as a rollout within minimum and maximum percent',
    )
    .argument('<service...>', 'as: SERVICE, service/SERVICE')
    .action(async (words: readonly string[], flags: ClientFlags) => {
      const names = words.map(serviceNameOf)
      const { openSession } = await import('./session.ts')
      const { client, clock, keyOf, signal } = await openSession(flags, terminal)
      const annotations = { [forceNewDeploymentAnnotation]: milliTimestamp(clock.now()) }
      await Promise.all(
        names.map(async (name) => {
          await client.patch(
            Service,
            keyOf(serviceKind, name),
            { type: 'merge', body: { metadata: { annotations } } },
            signal,
          )
          terminal.out(`service.gantry.dev/${name} restarted`)
        }),
      )
    })
