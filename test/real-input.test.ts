/**
 * Task definitions and services as people wrote them (fixtures/*\/index.tsv says where they are from and whether real ECS
 * would take them): what ECS takes is accepted, all else is refused for the reasons the index gives.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Kind } from '../api/meta/kind.ts'
import { parseObject } from '../api/meta/parse.ts'
import { Service } from '../api/v1/service.ts'
import { TaskDefinition } from '../api/v1/task-definition.ts'
import { Fault } from '../lib/errors.ts'

interface Row {
  readonly file: string
  readonly valid: boolean
  /** The index's reasons. */
  readonly reasons: readonly string[]
}

function rowsOf(folder: string): Row[] {
  const text = readFileSync(join(import.meta.dirname, 'fixtures', folder, 'index.tsv'), 'utf8')
  const lines = text.trimEnd().split('\n').slice(1)
  return lines.map((line) => {
    const [file = '', , , valid, why = ''] = line.split('\t')
    return { file, valid: valid === 'yes', reasons: why === '-' ? [] : why.split('; ') }
  })
}

/** The document under `spec`, named after itself. */
function wrapped(kind: Kind, folder: string, file: string): unknown {
  const spec: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', folder, file), 'utf8'))
  const name = file.replace(/^\d+-|\.json$/g, '')
  const metadata = kind.scope === 'Cluster' ? { name } : { name, namespace: 'default' }
  return { apiVersion: 'gantry.dev/v1', kind: kind.kind, metadata, spec }
}

/** What the door says: problems as `path: message`, or warnings. */
function judge(kind: Kind, raw: unknown): { readonly problems: string[]; readonly warnings: readonly string[] } {
  try {
    const { object, warnings } = parseObject(kind, raw, { unknown: 'strict' })
    const problems = kind.validate(object, undefined)
    return {
      problems: problems.map(({ path, message }) => `${path}: ${message}`),
      warnings: [...warnings, ...kind.warnings(object)],
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'Invalid') throw error
    return { problems: error.problems.map(({ path, message }) => `${path}: ${message}`), warnings: [] }
  }
}

/** Reasons that make real ECS or its clients refuse, but which Gantry answers with a warning, or not at all, and why. */
const notARefusal: readonly { readonly reason: RegExp; readonly why: string; readonly warning?: RegExp }[] = [
  {
    reason: /^read-only fields/,
    why: 'members that only Describe has are dropped with a warning, as ECS clients do',
    warning: /dropped members that only output carries: spec\./,
  },
  { reason: /^members not in the create input/, why: 'the same', warning: /dropped members that only output carries/ },
  { reason: /^\d+ null members/, why: 'null means absent, as in the ECS API', warning: /dropped null members/ },
  { reason: /^serviceName absent/, why: 'the name of a service is metadata.name' },
  { reason: /^family missing/, why: 'the family is metadata.name' },
  { reason: /^placeholders in strings/, why: 'a text that ECS does not restrict may look like a placeholder' },
  { reason: /^redacted$/, why: 'a remark of the index' },
  {
    reason: /^healthCheck command does not start/,
    why: 'ECS takes such a command as CMD',
    warning: /does not start with CMD/,
  },
]

/** How a reason of the index reads in Gantry's refusal. */
const says: readonly (readonly [reason: RegExp, problem: (match: RegExpExecArray) => RegExp])[] = [
  [/^family has invalid characters/, () => /^spec\.family: .*letters, digits/],
  [/^container name .* has invalid characters/, () => /\.name: .*letters, digits/],
  [/has no image/, () => /\.image: (Required value|.*should not be null or empty)/],
  [
    /no memory or memoryReservation/,
    () => /\.memory: .*At least one of 'memory' or 'memoryReservation'|spec\.memory: .*Invalid 'memory'/,
  ],
  [/^SUCCESS\/COMPLETE dependency on essential/, () => /cannot be an essential container/],
  [/^links with networkMode (\w+)/, ([, mode]) => new RegExp(`links: .*networkMode=${mode}`)],
  [/^portMappings with networkMode none/, () => /portMappings: .*networkMode none/],
  [/^(healthCheck\.\w+) \d+ out of/, ([, field]) => new RegExp(`${field}: .*greater than or equal`)],
  [/^(startTimeout|stopTimeout) 0 out of range/, ([, field]) => new RegExp(`${field}: .*at least 2 seconds`)],
  [/^(startTimeout|stopTimeout) \d+ out of range/, ([, field]) => new RegExp(`${field}: .*2 to 120`)],
  [/^empty valueFrom/, () => /\.valueFrom: /],
  [/^ephemeralStorage \d+ out of/, () => /ephemeralStorage\.sizeInGiB: /],
  [/^EFS authorizationConfig needs transitEncryption/, () => /transitEncryption: .*must be ENABLED/],
  [/^(taskRoleArn|executionRoleArn) empty string/, ([, field]) => new RegExp(`${field}: Invalid value: "".*role`)],
  [
    /^placeholder in (taskRoleArn|executionRoleArn|family|cluster)/,
    ([, field]) => new RegExp(`spec\\.${field}: .*placeholder`),
  ],
  [/^placeholder in container name/, () => /\.name: .*placeholder/],
  [/^placeholder in image/, () => /\.image: .*placeholder/],
  [/^image has invalid characters/, () => /\.image: .*repository:tag/],
  [/^docker volume not on Fargate/, () => /Docker volumes are not supported on Fargate/],
  [/^host sourcePath not on Fargate/, () => /host\.sourcePath is not supported on Fargate/],
  [/^privileged not on Fargate/, () => /privileged is not supported on Fargate/],
  [
    /^EFS access point with rootDirectory (\S+)/,
    ([, directory]) => new RegExp(`rootDirectory: .*"${directory}".*access point`),
  ],
  [
    /^(dnsServers|dnsSearchDomains|extraHosts) not with awsvpc/,
    ([, field]) => new RegExp(`${field}: .*networkMode=awsvpc`),
  ],
  [/^unknown members \S*?(\w+)( \(CLI rejects\))?$/, ([, field]) => new RegExp(`${field}: unknown field`)],
  [
    /^(\S+): "(.*)" not in enum/,
    ([, path, value]) => new RegExp(`${lastOf(path)}: Unsupported value: "${value}": supported values: `),
  ],
  [
    /^(\S+): str where number expected/,
    ([, path]) => new RegExp(`${lastOf(path)}: .*"string".*must be of type integer`),
  ],
  [/^(\S+) should be a list/, ([, path]) => new RegExp(`${lastOf(path)}: .*must be of type array`)],
  [/^(\S+) should be an object/, ([, path]) => new RegExp(`${lastOf(path)}: .*must be of type object`)],
  [/^mountPoint volume '(.*)' undefined/, ([, volume]) => new RegExp(`sourceVolume: .*Unknown volume '${volume}'`)],
  [
    /^hostPort (\d+) != containerPort \d+ under awsvpc/,
    ([, port]) => new RegExp(`hostPort: .*${port}.*networkMode=awsvpc.*must match`),
  ],
  [/^container memory sum exceeds task memory/, () => /spec\.memory: .*together .* must not exceed/],
  [
    /^no executionRoleArn|^secrets\/env files without executionRoleArn/,
    () => /spec\.executionRoleArn: .*(executionRoleArn|execution role)|spec\.executionRoleArn: .*role/,
  ],
  [/^bare containerDefinitions array/, () => /^spec: .*bare list of container definitions.*spec\.containerDefinitions/],
  [/^DescribeTaskDefinition wrapper/, () => /^spec\.taskDefinition: .*DescribeTaskDefinition.*directly under spec/],
  [/^DescribeServices output/, () => /^spec\.services: .*DescribeServices/],
  [/^CreateService\/UpdateService output/, () => /^spec\.service: .*CreateService or UpdateService/],
  [/^(\S+) missing$/, ([, path]) => new RegExp(`${lastOf(path)}: Required value`)],
  [/^taskDefinition absent/, () => /^spec\.taskDefinition: (Required value|Invalid value: "")/],
  [/^launchType together with capacityProviderStrategy/, () => /either Launch Type or Capacity Provider Strategy/],
]

function lastOf(path: string | undefined): string {
  return (path ?? '').replace(/\[\]/g, '').split('.').at(-1) ?? ''
}

/** Documents that Gantry judges otherwise than the index, and why. */
const differs: Readonly<Record<string, { readonly why: string; readonly problem: RegExp }>> = {
  '021-network-stats.json': {
    why: 'networkMode is the placeholder $$$NETWORK_MODE$$$, which is none of the four modes ECS has',
    problem: /^spec\.networkMode: Unsupported value: "\$\$\$NETWORK_MODE\$\$\$": supported values: /,
  },
}

/** Reasons that show only after others are mended: what containers need together is checked once their types are right. */
const notYetVisible: Readonly<Record<string, RegExp>> = {
  '114-secrets-logconfig.json': /no memory or memoryReservation/,
}

/** Documents that are something else: what they hold inside is not looked at. */
const onlyTheWrapping =
  /^(bare containerDefinitions|DescribeTaskDefinition wrapper|DescribeServices output|CreateService\/UpdateService)/

function expectedOf({ file, reasons }: Row): { readonly problems: RegExp[]; readonly warnings: RegExp[] } {
  const wrapping = reasons.filter((reason) => onlyTheWrapping.test(reason))
  const problems: RegExp[] = []
  const warnings: RegExp[] = []
  for (const reason of wrapping.length > 0 ? wrapping : reasons) {
    const soft = notARefusal.find((entry) => entry.reason.test(reason))
    if (soft?.warning !== undefined) warnings.push(soft.warning)
    if (soft !== undefined || notYetVisible[file]?.test(reason) === true) continue
    const hard = says.find(([pattern]) => pattern.test(reason))
    if (hard === undefined) throw new Error(`no entry for the reason: ${reason}`)
    const match = hard[0].exec(reason)
    if (match !== null) problems.push(hard[1](match))
  }
  return { problems, warnings }
}

describe.each([
  { kind: TaskDefinition as unknown as Kind, folder: 'task-definitions', documents: 120 },
  { kind: Service as unknown as Kind, folder: 'services', documents: 35 },
])('$folder', ({ kind, folder, documents }) => {
  const rows = rowsOf(folder)

  it('has all documents', () => {
    expect(rows).toHaveLength(documents)
  })

  it.each(rows.filter(({ file }) => differs[file] === undefined))('$file', (row) => {
    const expected = expectedOf(row)
    const { problems, warnings } = judge(kind, wrapped(kind, folder, row.file))
    if (expected.problems.length === 0) {
      expect(problems).toEqual([])
      for (const warning of expected.warnings) expect(warnings).toContainEqual(expect.stringMatching(warning))
    } else {
      expect(row.valid).toBe(false)
      for (const problem of expected.problems) expect(problems).toContainEqual(expect.stringMatching(problem))
    }
  })

  it.each(rows.filter(({ file, valid }) => valid && differs[file] === undefined))(
    '$file reads the same again',
    ({ file }) => {
      const once = parseObject(kind, wrapped(kind, folder, file), { unknown: 'strict' }).object
      expect(parseObject(kind, once, { unknown: 'strict' })).toEqual({ object: once, warnings: [] })
    },
  )

  it.each(rows.filter(({ file }) => differs[file] !== undefined))('$file differs', ({ file }) => {
    const problem = differs[file]?.problem ?? /never/
    expect(judge(kind, wrapped(kind, folder, file)).problems).toEqual([expect.stringMatching(problem)])
  })
})
