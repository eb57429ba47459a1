import { describe, expect, it } from 'vitest'
import type { ContainerInstance } from '../../api/v1/container-instance.ts'
import { aContainer, aContainerInstance, aTask, aTaskDefinitionRevision, twoCores } from '../../test/builders/kinds.ts'
import { placementDetail } from './placement-detail.ts'

const an = (name: string, free: object, attributes: Record<string, string> = {}, spec = {}): ContainerInstance =>
  aContainerInstance({
    name,
    spec,
    status: {
      remainingResources: { ...twoCores, ...free },
      attributes: Object.entries(attributes).map(([key, value]) => ({ name: key, value })),
    },
  })
const definitionOf = (...expressions: readonly string[]) =>
  aTaskDefinitionRevision({
    spec: {
      family: 'web',
      revision: 1,
      taskDefinition: {
        family: 'web',
        containerDefinitions: [aContainer({ name: 'app', cpu: 512, memory: 256 })],
        placementConstraints: expressions.map((expression) => ({ type: 'memberOf', expression })),
      },
    },
  } as never)

describe('what a task without a place lacks', () => {
  const [one, two] = [an('one', { cpu: 100, memory: 100 }), an('two', { cpu: 200, memory: 50 })]
  const drained = an('zero', { cpu: 300, memory: 200 }, {}, { status: 'DRAINING' })
  const most = 'and the most that is free on one of those is'
  it.each<readonly [when: string, reason: string, instances: readonly ContainerInstance[], want: string | undefined]>([
    ['memory', 'InsufficientMemory', [two, one], `it needs 256 MiB of memory, ${most} 100 MiB (one)`],
    ['CPU', 'InsufficientCpu', [one, two], `it needs 512 CPU units, ${most} 200 (two)`],
    [
      '... on instances that take tasks',
      'InsufficientCpu',
      [one, drained],
      `it needs 512 CPU units, ${most} 100 (one)`,
    ],
    [
      '... of two alike the first',
      'InsufficientCpu',
      [an('b', { cpu: 1 }), an('a', { cpu: 1 })],
      `it needs 512 CPU units, ${most} 1 (a)`,
    ],
    [
      '... that are short',
      'InsufficientMemory',
      [an('big', {}), one],
      `it needs 256 MiB of memory, ${most} 100 MiB (one)`,
    ],
    ['nothing any more', 'InsufficientMemory', [an('big', {})], undefined],
    ['a port', 'PortInUse', [one], undefined],
    ['instances', 'NoContainerInstances', [], undefined],
    ['all instances since', 'InsufficientMemory', [], undefined],
  ])('%s', (_, reason, instances, want) => {
    expect(placementDetail(reason, aTask(), definitionOf(), instances)).toBe(want)
  })

  it('takes the overrides of the task', () => {
    const task = aTask({ spec: { overrides: { containerOverrides: [{ name: 'app', memory: 900 }] } } })
    expect(placementDetail('InsufficientMemory', task, definitionOf(), [one])).toMatch(/^it needs 900 MiB/)
  })

  it('is not known without its definition', () => {
    expect(placementDetail('InsufficientMemory', aTask(), undefined, [one])).toBeUndefined()
  })
})

describe('the expression that no instance fulfils (ecs-core 6.4)', () => {
  const [ssd, arm, gpu] = ['attribute:disk == ssd', 'attribute:arch == arm', 'attribute:gpu exists']
  const instances = [
    an('one', {}, { disk: 'ssd' }),
    an('two', {}, { arch: 'arm' }),
    an('x', {}, { gpu: '' }, { status: 'DRAINING' }),
  ]
  const none = 'no instance that takes tasks fulfils'
  it.each<readonly [when: string, definitions: readonly string[], tasks: readonly string[], want: string | undefined]>([
    ['of the definition', [gpu], [], `${none} ${gpu}`],
    ['of the task', [ssd], [gpu], `${none} ${gpu}`],
    ['of both', [gpu], ['attribute:os == x'], `${none} ${gpu}, nor attribute:os == x`],
    ['each is fulfilled, and not together', [ssd], [arm], `${none} all of ${ssd}, ${arm}`],
    ['fulfilled since', [ssd], [], undefined],
    ['what asks for other tasks is not judged', ['task:group == service:db'], [], undefined],
  ])('%s', (_, definitions, tasks, want) => {
    const placementConstraints = tasks.map((expression) => ({ type: 'memberOf' as const, expression }))
    const task = aTask({ spec: { placementConstraints } })
    expect(placementDetail('ConstraintNotMet', task, definitionOf(...definitions), instances)).toBe(want)
  })

  it('is not told when no instance takes tasks', () => {
    expect(placementDetail('ConstraintNotMet', aTask(), definitionOf(gpu), [])).toBeUndefined()
  })
})
