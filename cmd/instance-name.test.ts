import { describe, expect, it } from 'vitest'
import { instanceName, upInstanceName } from './instance-name.ts'

describe('instanceName', () => {
  it.each([
    ['laptop', 'laptop'],
    ['Laptop.local', 'laptop'],
    ['My_Mac Book', 'my-mac-book'],
    ['-a-', 'a'],
    ['', 'instance'],
    ['x'.repeat(80), 'x'.repeat(63)],
  ])('%j is %j', (hostname, want) => expect(instanceName(hostname)).toBe(want))
})

describe('upInstanceName', () => {
  const home = '/home/me/.gantry'
  it("is the machine's on the usual data", () => expect(upInstanceName('laptop', home, home)).toBe('laptop'))
  it('is another for each other folder, and always the same for one', () => {
    const names = ['/tmp/a', '/tmp/b', '/tmp/a'].map((dataDir) => upInstanceName('laptop', dataDir, home))
    expect(names[0]).toMatch(/^laptop-[a-z0-9]{5}$/)
    expect(names[1]).not.toBe(names[0])
    expect(names[2]).toBe(names[0])
  })
  it('fits in a label', () => expect(upInstanceName('x'.repeat(80), '/tmp/a', home)).toHaveLength(63))
})
