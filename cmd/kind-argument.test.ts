import { describe, expect, it } from 'vitest'
import { allKinds } from '../api/v1/kinds.ts'
import { selectionsOf } from './kind-argument.ts'

const read = (...words: string[]) =>
  selectionsOf(words, allKinds).map(({ kind, names }) => [kind.kind, ...names].join(' '))

describe('selectionsOf', () => {
  it.each([
    { words: ['services'], want: ['Service'] },
    { words: ['Service', 'web', 'api'], want: ['Service web api'] },
    { words: ['service/web', 'td/web'], want: ['Service web', 'TaskDefinition web'] },
    { words: ['services.gantry.dev'], want: ['Service'] },
    { words: ['service.gantry.dev/web'], want: ['Service web'] },
    { words: ['services,tasks'], want: ['Service', 'Task'] },
    { words: ['tdr', 'web:3', 'web.4'], want: ['TaskDefinitionRevision web.3 web.4'] },
    { words: ['tdr/web:3'], want: ['TaskDefinitionRevision web.3'] },
    { words: ['ns'], want: ['Namespace'] },
  ])('$words', ({ words, want }) => expect(read(...words)).toEqual(want))
  it('all is every kind of Gantry, and no other', () => {
    expect(read('all')).toContain('Task')
    expect(read('all')).not.toContain('Secret')
  })
  it.each([
    { words: [], says: /say what/ },
    { words: ['servics'], says: /no kind "servics"; did you mean "services"\?/ },
    { words: ['xyzzy'], says: /no kind "xyzzy"; allowed: all, clusters, / },
    { words: ['service', 'task/a'], says: /after KIND come names alone/ },
    { words: ['service/'], says: /not KIND\/NAME/ },
    { words: ['service/a/b'], says: /not KIND\/NAME/ },
    { words: ['all/a'], says: /not KIND\/NAME/ },
  ])('refuses $words', ({ words, says }) => expect(() => read(...words)).toThrow(says))
})
