import { expect, it } from 'vitest'
import { scaleProblems } from './scale-problems.ts'

const scale = { specPath: '.spec.replicas', statusPath: '.status.replicas', selectorPath: '.status.selector' }
const notMap = (said: string): string => `accessor error: ${said}, expected map[string]interface{}`

it.each([
  [{ spec: { replicas: 2 } }, 'spec', []],
  [{}, 'spec', []],
  [{ spec: { replicas: 2 ** 31 } }, 'spec', ['.spec.replicas should be less than or equal to 2147483647']],
  [{ spec: { replicas: -1 } }, 'spec', ['.spec.replicas should be a non-negative integer']],
  [{ spec: 'x' }, 'spec', [`.spec.replicas .spec.replicas ${notMap('x is of the type string')}`]],
  [{ spec: [] }, 'spec', [`.spec.replicas .spec.replicas ${notMap('[] is of the type []interface {}')}`]],
  [{ spec: true }, 'spec', [`.spec.replicas .spec.replicas ${notMap('true is of the type bool')}`]],
  [{ spec: 1.5 }, 'spec', [`.spec.replicas .spec.replicas ${notMap('1.5 is of the type float64')}`]],
  [
    { status: { replicas: 'x', selector: {} } },
    'status',
    [
      '.status.replicas .status.replicas accessor error: x is of the type string, expected int64',
      '.status.selector .status.selector accessor error: map[] is of the type map[string]interface {}, expected string',
    ],
  ],
] as const)('%j, %s: %j', (object, part, want) => {
  const found = scaleProblems(scale, object, part).map(
    ({ path, message }) => `${path} ${message.replace(/^Invalid value: \S+: /, '')}`,
  )
  expect(found).toEqual(want)
})
