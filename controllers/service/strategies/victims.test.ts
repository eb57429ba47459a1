import { describe, expect, it } from 'vitest'
import { zoneAttribute } from '../../../api/v1/container-instance.ts'
import type { PlacementStrategy } from '../../../api/v1/placement.ts'
import { instant } from '../../../lib/time.ts'
import { victims } from './victims.ts'

/** Zone, rack and what is free on each instance. */
const hosts: Readonly<Record<string, readonly [zone: string, rack: string | undefined, cpu: number, memory: number]>> =
  {
    a1: ['a', 'r1', 100, 900],
    a2: ['a', 'r1', 300, 500],
    b1: ['b', 'r2', 200, 100],
    c1: ['c', undefined, 400, 300],
  }

/** `x running on a1 at 3`, `y pending`, `z sick on b1`, `w running on a1 draining`. */
function candidate(text: string) {
  const [name = '', state = ''] = text.split(' ')
  const instance = / on (\w+)/.exec(text)?.[1]
  const [zone = '', rack, cpu = 0, memory = 0] = hosts[instance ?? ''] ?? []
  const attributes = new Map([[zoneAttribute, zone], ...(rack === undefined ? [] : [['rack', rack] as const])])
  return {
    name,
    phase: state === 'pending' ? ('pending' as const) : ('running' as const),
    unhealthy: state === 'sick',
    instance,
    place: instance === undefined ? undefined : { attributes, free: { cpu, memory } },
    demand: { cpu: 50, memory: 50, ports: [], portsUdp: [] },
    onDraining: text.endsWith('draining'),
    createdAt: instant(Number(/ at (\d+)/.exec(text)?.[1] ?? 0)),
  }
}

interface Row {
  /** Of the reference's order of scale-in (6.5), or of 5.6. */
  readonly rule: string
  readonly by?: readonly PlacementStrategy[]
  readonly of: readonly string[]
  /** Other tasks of the service. */
  readonly beside?: readonly string[]
  readonly order: string
}

const spreadZones: PlacementStrategy = { type: 'spread', field: `attribute:${zoneAttribute}` }
const spreadRacks: PlacementStrategy = { type: 'spread', field: 'attribute:rack' }
const spreadInstances: PlacementStrategy = { type: 'spread', field: 'instanceId' }
const spreadHosts: PlacementStrategy = { type: 'spread', field: 'host' }
const packCpu: PlacementStrategy = { type: 'binpack', field: 'cpu' }
const packMemory: PlacementStrategy = { type: 'binpack', field: 'MEMORY' }
const byChance: PlacementStrategy = { type: 'random' }

describe('victims (ecs-core 6.5)', () => {
  it.each<Row>([
    {
      rule: '5.6: pending ones cost no healthy capacity, so they go first',
      of: ['x running', 'y pending', 'z sick'],
      order: 'yzx',
    },
    {
      rule: '6.5 (1): unhealthy tasks first',
      of: ['x running on a1', 'y running on a1', 'z sick on c1'],
      order: 'zyx',
    },
    {
      rule: '6.5 (1): ... also before what a strategy prefers',
      by: [packCpu],
      of: ['x running on c1', 'z sick on a1'],
      order: 'zx',
    },
    {
      rule: '6.5 (3): spread over zones: from the zone with most tasks',
      by: [spreadZones],
      of: ['x running on a1', 'y running on a2', 'z running on b1'],
      order: 'yzx',
    },
    {
      rule: '6.5 (3): ... as many from each as keeps the rest balanced',
      by: [spreadZones],
      of: [
        'u running on a1',
        'v running on a1',
        'w running on a2',
        'x running on b1',
        'y running on b1',
        'z running on c1',
      ],
      order: 'wyvzxu',
    },
    {
      rule: '6.5 (3): spread over another attribute; instances without it share a value',
      by: [spreadRacks],
      of: ['w running on c1', 'x running on c1', 'y running on b1', 'z running on a1'],
      order: 'xzyw',
    },
    {
      rule: '6.5 (3): spread over instances, whatever the zones',
      by: [spreadInstances],
      of: ['x running on b1', 'y running on b1', 'z running on a1', 'w running on a2'],
      order: 'yzxw',
    },
    {
      rule: '6.5 (3): `host` is the same as instanceId',
      by: [spreadHosts],
      of: ['x running on b1', 'y running on b1', 'z running on a1', 'w running on a2'],
      order: 'yzxw',
    },
    {
      rule: '6.5: a chain: zones first, instances among equals',
      by: [spreadZones, spreadInstances],
      of: ['x running on a1', 'y running on a1', 'z running on a2', 'w running on b1'],
      order: 'yzxw',
    },
    {
      rule: '6.5 (3): binpack by cpu: from the instance with most left afterwards',
      by: [packCpu],
      of: ['w running on a1', 'x running on a2', 'y running on b1', 'z running on c1'],
      order: 'zxyw',
    },
    {
      rule: '6.5 (3): binpack by memory',
      by: [packMemory],
      of: ['w running on a1', 'x running on a2', 'y running on b1', 'z running on c1'],
      order: 'wxzy',
    },
    {
      rule: '6.5 (3): ... what goes frees its part: the same instance again',
      by: [packCpu],
      of: ['x running on c1', 'y running on c1', 'z running on a2'],
      order: 'yxz',
    },
    {
      rule: '6.5: a chain: zones first, the emptier instance among equals',
      by: [spreadZones, packMemory],
      of: ['x running on a1', 'y running on a2', 'z running on b1'],
      order: 'xyz',
    },
    {
      rule: '6.5 (4): no strategy: the zone with most tasks of the service',
      of: ['x running on a1', 'y running on a2', 'z running on b1'],
      order: 'yzx',
    },
    {
      rule: '6.5 (4): ... then the instance with most tasks of the service',
      of: ['w running on a2', 'x running on a1', 'y running on a1'],
      order: 'yxw',
    },
    {
      rule: '6.5 (4): tasks of other revisions count',
      of: ['x running on a1', 'y running on b1'],
      beside: ['p running on a2', 'q running on a2'],
      order: 'xy',
    },
    {
      rule: '7.2: what leaves a draining instance does not count',
      of: ['x running on a2', 'y running on b1', 'z running on b1'],
      beside: ['p running on a1 draining', 'q running on a1 draining'],
      order: 'zyx',
    },
    {
      rule: '6.5 (5): by chance in ECS, here the newest',
      of: ['x running at 1', 'y running at 3', 'z running at 2'],
      order: 'yzx',
    },
    { rule: '6.5 (5): ... then the last by name', of: ['y running', 'z running', 'x running'], order: 'zyx' },
    {
      rule: '6.5 (5): strategy random: nothing but chance',
      by: [byChance],
      of: ['x running on a1 at 1', 'y running on a1 at 2', 'z running on b1 at 3'],
      order: 'zyx',
    },
  ])('$rule', ({ of, by = [], beside = [], order }) => {
    const all = of.map(candidate)
    const present = [...all, ...beside.map(candidate)]
    for (let n = 0; n < all.length; n++) {
      const chosen = victims(all, n, present, by)
      expect(chosen.map(({ name }) => name).join('')).toBe(order.slice(0, n))
    }
  })

  it('all are all, in a stated order, from any order', () => {
    const all = ['x running', 'y pending', 'z sick'].map(candidate)
    for (const given of [all, all.toReversed()])
      expect(victims(given, 3, given).map(({ name }) => name)).toEqual(['y', 'z', 'x'])
  })

  it.each([2, 3, 5, 7])('keeps %i zones balanced: their counts differ by one at most', (zones) => {
    const tasks = Array.from({ length: 40 }, (_, i) => {
      const made = candidate(`t${i} running`)
      const zone = `zone-${(i * i) % zones}`
      const place = { attributes: new Map([[zoneAttribute, zone]]), free: { cpu: 0, memory: 0 } }
      return { ...made, instance: `host-${i % 11}`, place }
    })
    const used = new Set(tasks.map(({ place }) => place.attributes.get(zoneAttribute))).size
    const left = new Set(tasks)
    for (const gone of victims(tasks, tasks.length - used, tasks)) left.delete(gone)
    const counts = Map.groupBy(left, ({ place }) => place.attributes.get(zoneAttribute))
    expect([...counts.values()].map((those) => those.length)).toEqual(Array.from({ length: used }, () => 1))
  })
})
