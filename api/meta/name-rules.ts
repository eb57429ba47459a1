/** How names may be spelled: of objects, of label keys and finalizers, and the values of labels. */
import type { KindFacts } from './kind.ts'

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** What is wrong with `name` by `rule`; empty when nothing is. */
export function nameFaults(rule: KindFacts['nameRule'], name: string): readonly string[] {
  switch (rule) {
    case 'label':
      return [
        ...(name.length > 63 ? ['must be no more than 63 characters'] : []),
        ...(label.test(name) ? [] : [subdomain.test(name) ? 'must not contain dots' : labelRule]),
      ]
    case 'subdomain':
      return [
        ...(name.length > 253 ? ['must be no more than 253 characters'] : []),
        ...(subdomain.test(name) ? [] : [subdomainRule]),
      ]
    case 'pathSegment':
      return [
        ...(name === '.' || name === '..' ? [`may not be '${name}'`] : []),
        ...(name.includes('/') ? ["may not contain '/'"] : []),
        ...(name.includes('%') ? ["may not contain '%'"] : []),
      ]
  }
}

const prefixFaults = (prefix: string): readonly string[] =>
  prefix === ''
    ? ['prefix part must be non-empty']
    : nameFaults('subdomain', prefix).map((rule) => `prefix part ${rule}`)

const standardFinalizers: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

/** Whether a finalizer is neither standard nor has the domain of who takes it off. */
export const isBareFinalizer = (name: string): boolean => !name.includes('/') && !standardFinalizers.has(name)

/** What Kubernetes says of a bare finalizer. */
export const bareFinalizerRule = 'name is neither a standard finalizer name nor is it fully qualified'

/** What is wrong with a qualified name (`prefix/name`), as label keys and finalizers are. */
export function qualifiedFaults(name: string): readonly string[] {
  const parts = name.split('/')
  const [prefix, last] = parts.length === 2 ? [parts[0] as string, parts[1] as string] : [undefined, parts[0] as string]
  if (parts.length > 2) {
    return [
      `a qualified name ${qualifiedRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  return [
    ...(prefix === undefined ? [] : prefixFaults(prefix)),
    ...(last === '' ? ['name part must be non-empty'] : []),
    ...(last.length > 63 ? ['name part must be no more than 63 characters'] : []),
    ...(qualifiedPart.test(last) ? [] : [`name part ${qualifiedRule}`]),
  ]
}

/** What is wrong with the value of a label. */
export const labelValueFaults = (value: string): readonly string[] => [
  ...(value.length > 63 ? ['must be no more than 63 characters'] : []),
  ...(labelValue.test(value) ? [] : [labelValueRule]),
]
