import { describe, expect, it } from 'vitest'
import { type Demand, noDemand } from '../../api/v1/demand.ts'
import { lack, Room } from './room.ts'

const host = { cpu: 1024, memory: 1000, ports: [22], portsUdp: [] }
const demand = (over: Partial<Demand>): Demand => ({ ...noDemand, ...over })

describe('lack', () => {
  it.each([
    { when: 'all fits', wants: demand({ cpu: 1024, memory: 1000, ports: [80] }), held: [], want: undefined },
    { when: 'CPU is held', wants: demand({ cpu: 600 }), held: [demand({ cpu: 500 })], want: '600 CPU units, 524 free' },
    {
      when: 'memory is held',
      wants: demand({ memory: 600 }),
      held: [demand({ memory: 500 })],
      want: '600 MiB, 500 free',
    },
    {
      when: 'a port is held',
      wants: demand({ ports: [80, 81] }),
      held: [demand({ ports: [81] })],
      want: 'host port 81/tcp, which is in use',
    },
    { when: 'a port is reserved', wants: demand({ ports: [22] }), held: [], want: 'host port 22/tcp, which is in use' },
    {
      when: 'the port is held for another protocol',
      wants: demand({ portsUdp: [80] }),
      held: [demand({ ports: [80] })],
      want: undefined,
    },
    {
      when: 'the host is overbooked and nothing is asked for',
      wants: noDemand,
      held: [demand({ ports: [1] })],
      want: undefined,
    },
  ])('$when', ({ wants, held, want }) => expect(lack(wants, host, held)).toBe(want))
})

describe('Room', () => {
  const wakes: string[] = []
  const ask = (room: Room, uid: string, memory: number) =>
    room.ask(uid, demand({ memory }), () => wakes.push(uid))?.kind

  it('serves in order of arrival and wakes the head when something leaves', () => {
    wakes.length = 0
    const room = new Room(host)
    expect(ask(room, 'a', 900)).toBeUndefined()
    expect(ask(room, 'a', 900)).toBeUndefined()
    expect(ask(room, 'b', 200)).toBe('wait')
    expect(ask(room, 'c', 50)).toBe('wait')
    expect(wakes).toEqual([])
    room.release('a')
    expect(wakes).toEqual(['b'])
    expect(ask(room, 'c', 50)).toBe('wait')
    expect(ask(room, 'b', 200)).toBeUndefined()
    expect(wakes).toEqual(['b', 'c'])
    expect(ask(room, 'c', 50)).toBeUndefined()
  })

  it('lets those behind a task that gave up move on', () => {
    wakes.length = 0
    const room = new Room(host)
    room.hold('old', demand({ memory: 900 }))
    ask(room, 'b', 200)
    ask(room, 'c', 50)
    room.release('b')
    expect(wakes).toEqual(['c'])
    expect(ask(room, 'c', 50)).toBeUndefined()
  })

  it('never queues what an empty host could not take', () => {
    const room = new Room(host)
    expect(ask(room, 'huge', 1001)).toBe('never')
    expect(ask(room, 'small', 1)).toBeUndefined()
  })
})
