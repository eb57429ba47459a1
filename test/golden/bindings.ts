/** Placeholders of one case: what they stand for, and whether what they were bound to is in order. */

interface Placeholder {
  readonly pattern: string
  /** Numbered ones are bound; the others only have a form. */
  readonly bound: boolean
}

const any: Placeholder = { pattern: '.+?', bound: false }
const placeholders: Readonly<Record<string, Placeholder>> = {
  uid: { pattern: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', bound: true },
  rv: { pattern: '\\d+', bound: true },
  lrv: { pattern: '\\d+', bound: false },
  continue: { pattern: '[\\w+/=-]+', bound: true },
  rand: { pattern: '[bcdfghjklmnpqrstvwxz2456789]{5}', bound: true },
  // of objects, or as diff(1) tells when a file was written
  time: {
    pattern: '\\d{4}-\\d\\d-\\d\\d(?:T\\d\\d:\\d\\d:\\d\\dZ| \\d\\d:\\d\\d:\\d\\d\\.\\d+ [+-]\\d{4})',
    bound: false,
  },
  microtime: { pattern: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z', bound: false },
  age: { pattern: '(?:\\d+[smhdy])+', bound: false },
  server: any,
  hash: any,
  etag: any,
  'last-modified': any,
  gitVersion: any,
  gitCommit: { pattern: '.*?', bound: false },
  buildDate: any,
  goVersion: any,
  platform: any,
  version: any,
  klog: any,
  dir: any,
  n: { pattern: '\\d+', bound: false },
}
const spelled = new RegExp(`<(${Object.keys(placeholders).join('|')})(?::(\\d+))?>`, 'g')
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether a recorded text has a placeholder. */
export const hasPlaceholder = (text: string): boolean => text.search(spelled) >= 0

export class Bindings {
  readonly #values = new Map<string, string>()
  readonly #versions = new Map<number, bigint>()
  readonly #listed: { readonly rank: number; readonly value: bigint }[] = []

  /** Whether `actual` is what `recorded` says; binds what is met for the first time. */
  matches(recorded: string, actual: string): boolean {
    if (!hasPlaceholder(recorded)) return recorded === actual
    const names: string[] = []
    let last = 0
    let pattern = ''
    for (const found of recorded.matchAll(spelled)) {
      const [whole, kind = '', number] = found
      pattern += escaped(recorded.slice(last, found.index))
      last = found.index + whole.length
      const known = this.#values.get(whole)
      const { pattern: form, bound } = placeholders[kind] as Placeholder
      pattern += `(${known !== undefined && bound && number !== undefined ? escaped(known) : form})`
      names.push(whole)
    }
    const match = new RegExp(`^${pattern}${escaped(recorded.slice(last))}$`, 's').exec(actual)
    if (match === null) return false
    for (const [at, name] of names.entries()) this.#bind(name, match[at + 1] as string)
    return true
  }

  /** The same, to try out what may not fit. */
  copy(): Bindings {
    const other = new Bindings()
    for (const [name, value] of this.#values) other.#values.set(name, value)
    return other
  }

  /** A recorded text with what its placeholders are bound to. */
  filled(recorded: string): string {
    return recorded.replaceAll(spelled, (whole) => this.#values.get(whole) ?? whole)
  }

  /** Names the versions that are not in the order of their ranks. */
  disorder(): readonly string[] {
    const versions = [...this.#versions].sort(([a], [b]) => a - b)
    const wrong = versions.flatMap(([rank, value], at) => {
      const [next, after] = versions[at + 1] ?? []
      return after !== undefined && after <= value ? [`<rv:${rank}>=${value} and <rv:${next}>=${after}`] : []
    })
    for (const { rank, value } of this.#listed) {
      for (const [other, version] of versions) {
        const fits = other <= rank ? value >= version : value < version
        if (!fits) wrong.push(`<lrv:${rank}>=${value} and <rv:${other}>=${version}`)
      }
    }
    return wrong
  }

  #bind(name: string, value: string): void {
    this.#values.set(name, value)
    const [, kind, number] = /^<(\w+):(\d+)>$/.exec(name) ?? []
    if (kind === 'rv') this.#versions.set(Number(number), BigInt(value))
    if (kind === 'lrv') this.#listed.push({ rank: Number(number), value: BigInt(value) })
  }
}
