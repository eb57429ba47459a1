import { expect, it } from 'vitest'
import { Namespace } from '../../api/v1/core.ts'
import { Fault } from '../../lib/errors.ts'
import { silentLogger } from '../../lib/log.ts'
import { seededRandom } from '../../lib/random.ts'
import { seconds } from '../../lib/time.ts'
import { aNamespace } from '../../test/builders/kinds.ts'
import { openClient } from '../../test/builders/test-client.ts'
import { ensureNamespaces } from './ensure-namespaces.ts'

it('makes what is missing, once the cluster answers', async () => {
  const client = await openClient([aNamespace({ name: 'there' })], { namespaces: [] })
  const { clock } = client
  client.interrupt(() => new Fault('Unavailable', 'away'))
  const parts = { clock, random: seededRandom(1), log: silentLogger }
  const made = ensureNamespaces(client, new Set(['there', 'missing']), parts, new AbortController().signal)
  await clock.advance(seconds(20))
  expect(client.all(Namespace)).toHaveLength(1)
  client.interrupt(undefined)
  await clock.advance(seconds(6))
  await made
  expect(client.all(Namespace).map(({ metadata }) => metadata.name)).toEqual(['missing', 'there'])
})
