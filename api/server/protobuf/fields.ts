/** The notation of messages.ts, read once. */
import { messages } from './messages.ts'

/** Types that are no message of messages.ts. */
export const scalars = ['string', 'int', 'bool', 'bytes', 'time', 'microTime', 'json', 'strings'] as const
export type Scalar = (typeof scalars)[number]

export interface Field {
  readonly name: string
  readonly number: number
  readonly type: Scalar | { readonly message: string }
  readonly many: 'one' | 'list' | 'map'
  /** Absent is something else than empty. */
  readonly pointer: boolean
}

function fieldOf(name: string, text: string): Field {
  const [, number, many, type = '', pointer] = /^(\d+) (\[\]|\{\})?(\w+)(\?)?$/.exec(text) ?? []
  const scalar = scalars.find((one) => one === type)
  return {
    name,
    number: Number(number),
    type: scalar ?? { message: type },
    many: many === '[]' ? 'list' : many === '{}' ? 'map' : 'one',
    pointer: pointer !== undefined,
  }
}

const known = new Map<string, ReadonlyMap<number, Field>>()

/** The fields of a message by number, in ascending order. */
export function fieldsOf(message: string): ReadonlyMap<number, Field> {
  const read = known.get(message)
  if (read !== undefined) return read
  const fields = Object.entries(messages[message] ?? {}).map(([name, text]) => fieldOf(name, text))
  const made = new Map(fields.sort((a, b) => a.number - b.number).map((field) => [field.number, field]))
  known.set(message, made)
  return made
}
