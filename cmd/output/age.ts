/** Durations as kubectl shows them in tables. */
import type { Millis } from '../../lib/time.ts'

/** `37s`, `4m12s`, `23m`, `5h3m`, `2d4h`, `40d`: two units while the first is small. */
export function ageText(age: Millis): string {
  const s = Math.max(0, Math.floor(age / 1000))
  if (s < 120) return `${s}s`
  const m = Math.floor(s / 60)
  if (m < 10) return pair(m, 'm', s % 60, 's')
  if (m < 180) return `${m}m`
  const h = Math.floor(m / 60)
  if (h < 8) return pair(h, 'h', m % 60, 'm')
  if (h < 48) return `${h}h`
  const d = Math.floor(h / 24)
  if (d < 8) return pair(d, 'd', h % 24, 'h')
  if (d < 730) return `${d}d`
  return pair(Math.floor(d / 365), 'y', d % 365, 'd')
}

const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`
