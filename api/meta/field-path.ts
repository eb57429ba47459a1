/** Field paths as Kubernetes writes them: `spec.containerDefinitions[0].image`, `metadata.labels[a.b/c]`. */

const plain = /^[A-Za-z_$][\w$-]*$/

/** `path` extended by a member name or a list index. */
export function under(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`
  const name = String(step)
  if (path === '') return name
  return plain.test(name) ? `${path}.${name}` : `${path}[${name}]`
}

/** The path of a list of steps. */
export const pathOf = (steps: readonly PropertyKey[]): string => steps.reduce<string>(under, '')

/** `path` with every index and map key as `[]`: the field, whichever item it is in. */
export const fieldOf = (path: string): string => path.replace(/\[[^\]]*\]/g, '[]')
