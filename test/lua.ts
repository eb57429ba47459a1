/** Runs a script in Lua, the language of Argo CD's health checks. */
import { createRequire } from 'node:module'

/** The part of Lua's C interface that is needed; the package is CommonJS and has no types (which knip cannot follow). */
interface Lua {
  readonly lauxlib: {
    luaL_newstate(): unknown
    luaL_loadstring(state: unknown, text: Uint8Array): number
  }
  readonly lualib: { luaL_openlibs(state: unknown): void }
  readonly lua: {
    lua_pcall(state: unknown, given: number, results: number, handler: number): number
    lua_getfield(state: unknown, index: number, name: Uint8Array): number
    lua_tojsstring(state: unknown, index: number): string | null
    lua_pop(state: unknown, count: number): void
  }
  to_luastring(text: string): Uint8Array
}
const fengari = createRequire(import.meta.url)('fengari') as Lua

/** A value as Lua writes it. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'nil'
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, one]) => `[${literal(name)}] = ${literal(one)}`)
      .join(', ')}}`
  return String(value)
}

/** Members of the table that `script` returns, with `obj` set. Throws what Lua says is wrong. */
export function runLua<Name extends string>(
  script: string,
  obj: unknown,
  members: readonly Name[],
): Readonly<Record<Name, string | null>> {
  const { lua, lauxlib, lualib, to_luastring: text } = fengari
  const state = lauxlib.luaL_newstate()
  lualib.luaL_openlibs(state)
  const failed =
    lauxlib.luaL_loadstring(state, text(`obj = ${literal(obj)}\n${script}`)) || lua.lua_pcall(state, 0, 1, 0)
  if (failed) throw new Error(lua.lua_tojsstring(state, -1) ?? 'the script failed')
  return Object.fromEntries(
    members.map((name) => {
      lua.lua_getfield(state, -1, text(name))
      const value = lua.lua_tojsstring(state, -1)
      lua.lua_pop(state, 1)
      return [name, value]
    }),
  ) as Record<Name, string | null>
}
