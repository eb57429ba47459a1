/** A wrong and a right object for each rule in CEL of container instances. */
import type { CelCase } from './case.ts'

const named = (...names: readonly string[]) => ({ attributes: names.map((name) => ({ name, value: 'x' })) })

export const containerInstanceCases: readonly CelCase[] = [
  {
    rule: 'spec.attributes[].name: the prefixes',
    wrong: named('mine', 'com.amazonaws.mine'),
    right: named('mine', 'com.amazonaws', 'ecsx', 'my.ecs.'),
  },
]
