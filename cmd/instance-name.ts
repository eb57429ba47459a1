/** Names for the container instance of this machine. */

/** Longest DNS label. */
const longest = 63

/** `text` as a DNS label: lower case, everything else as dashes. */
const asLabel = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '')

/** The name of the machine, without its domain, as a resource may be called. */
export const instanceName = (hostname: string): string => asLabel(hostname.split('.')[0] ?? '') || 'instance'

/** FNV-1a, 32 bits: names need no more. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value.toString(36).padStart(7, '0').slice(-5)
}

/**
 * The name of the instance that `gantry up` makes of this machine. Agents find their containers by this name, so that a
 * second Gantry with other data on the same machine must not have the same one: its name ends in a hash of its folder.
 */
export const upInstanceName = (hostname: string, dataDir: string, defaultDataDir: string): string =>
  dataDir === defaultDataDir
    ? instanceName(hostname)
    : `${instanceName(hostname).slice(0, longest - 6)}-${hash(dataDir)}`
