/** What can be relied on in which etcd. */

/**
 * Before these, the answer to a progress request could overtake events that were not delivered yet (etcd issue 15220,
 * and the fixes that Kubernetes waits for before it trusts progress). A server that old still proves to be alive by it.
 */
const progressSince: Readonly<Record<string, number>> = { '3.4': 31, '3.5': 13 }

/** Whether a progress response of etcd `version` (`3.5.16`) is in order with events. */
export function hasOrderedProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const since = progressSince[`${major}.${minor}`]
  return since === undefined ? major > 3 || (major === 3 && minor > 5) : patch >= since
}
