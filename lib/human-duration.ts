/** Durations as kubectl shows ages: `5m3s`, `2y30d`. */
import type { Millis } from './time.ts'

const second = 1
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const year = 365 * day

const pair = (total: number, big: number, bigName: string, small: number, smallName: string): string => {
  const rest = Math.floor((total % big) / small)
  return `${Math.floor(total / big)}${bigName}${rest === 0 ? '' : `${rest}${smallName}`}`
}

/** Two units where they matter, one where they do not: the cuts are Kubernetes' own. */
export function humanDuration(duration: Millis): string {
  const total = Math.floor(duration / 1000)
  if (total < -1) return '<invalid>'
  if (total < 0) return '0s'
  if (total < 2 * minute) return `${total}s`
  if (total < 10 * minute) return pair(total, minute, 'm', second, 's')
  if (total < 3 * hour) return `${Math.floor(total / minute)}m`
  if (total < 8 * hour) return pair(total, hour, 'h', minute, 'm')
  if (total < 2 * day) return `${Math.floor(total / hour)}h`
  if (total < 8 * day) return pair(total, day, 'd', hour, 'h')
  if (total < 2 * year) return `${Math.floor(total / day)}d`
  if (total < 8 * year) return pair(total, year, 'y', day, 'd')
  return `${Math.floor(total / year)}y`
}
