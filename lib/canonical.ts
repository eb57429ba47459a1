/** One spelling for equal data, and a short digest of it. */

/** JSON with sorted keys and without undefined members: equal data gives equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

/** Murmur3's last step: every bit of the input moves about half of the output's. */
function avalanche(h: number): number {
  let mixed = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** 64 bits of `text` as 16 hexadecimal digits: tells texts apart, is no protection against somebody who looks for a clash. */
export function digest(text: string): string {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ avalanche(unit + i), 0x5bd1e995)
  }
  return [avalanche(a ^ text.length), avalanche(b ^ a)].map((half) => half.toString(16).padStart(8, '0')).join('')
}
