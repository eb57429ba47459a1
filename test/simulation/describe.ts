/** Changes in a line each, for the trace. */
import type { Change } from './history.ts'

/** One line about a change: what is new. */
export function describe({ revision, kind, key, before, after }: Change): string {
  const what = before === undefined ? 'creates' : after === undefined ? 'removes' : 'changes'
  return `r${revision} ${what} ${kind} ${key} ${after === undefined ? '' : news(before, after)}`
}

function news(before: unknown, after: unknown, path = ''): string {
  if (JSON.stringify(before) === JSON.stringify(after)) return ''
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject(after) || (path !== '' && !isObject(before))) return `${path}=${JSON.stringify(after)} `.slice(0, 120)
  const old = isObject(before) ? before : {}
  return Object.keys({ ...old, ...after })
    .filter((name) => !['managedFields', 'uid', 'creationTimestamp', 'apiVersion', 'kind', 'generation'].includes(name))
    .map((name) => news(old[name], after[name], path === '' ? name : `${path}.${name}`))
    .join('')
    .slice(0, 260)
}
