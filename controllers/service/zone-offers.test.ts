import { expect, it } from 'vitest'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { aContainerInstance } from '../../test/builders/kinds.ts'
import { ZoneOffers } from './zone-offers.ts'

type Status = NonNullable<ContainerInstance['status']>['status']

const inZone = (zone: string | undefined, spec: 'ACTIVE' | 'DRAINING', status: Status, agentConnected = true) =>
  aContainerInstance({
    spec: { status: spec },
    status: {
      status,
      agentConnected,
      attributes: zone === undefined ? [] : [{ name: 'ecs.availability-zone', value: zone }],
    },
  })

it.each<{ rule: string; states: readonly ContainerInstance[]; news: readonly boolean[] }>([
  {
    rule: 'one that was drained is back when its status says so, not before (ecs-core 7.2)',
    states: [
      inZone('a', 'DRAINING', 'DRAINING'),
      inZone('a', 'ACTIVE', 'DRAINING'),
      inZone('a', 'ACTIVE', 'ACTIVE'),
      inZone('a', 'ACTIVE', 'ACTIVE'),
    ],
    news: [true, false, true, false],
  },
  {
    rule: 'one that is not heard takes nothing',
    states: [inZone('a', 'ACTIVE', 'ACTIVE'), inZone('a', 'ACTIVE', 'ACTIVE', false), inZone('a', 'ACTIVE', 'ACTIVE')],
    news: [true, true, true],
  },
  {
    rule: 'one that moves to another zone',
    states: [inZone('a', 'ACTIVE', 'ACTIVE'), inZone('b', 'ACTIVE', 'ACTIVE')],
    news: [true, true],
  },
  {
    rule: 'one that does not say its zone is of no interest',
    states: [inZone(undefined, 'ACTIVE', 'ACTIVE'), inZone(undefined, 'DRAINING', 'ACTIVE')],
    news: [false, false],
  },
])('$rule', ({ states, news }) => {
  const offers = new ZoneOffers()
  expect(states.map((instance) => offers.hasChanged(instance))).toEqual(news)
})
