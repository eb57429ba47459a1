/** The rules of the house that no linter knows. Each list of exceptions gives its reasons, and an exception not needed fails too. */
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { faultOf } from '../api/client/status.ts'
import { parseObject } from '../api/meta/parse.ts'
import { failure } from '../api/server/answer/status.ts'
import { allKinds, gantryKinds } from '../api/v1/kinds.ts'
import { Fault, faultCodes } from '../lib/errors.ts'

const root = join(import.meta.dirname, '..')
/** All files of the repository, also those not yet added. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => lstatSync(join(root, file), { throwIfNoEntry: false })?.isFile() === true)
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const textOf = (file: string): string => texts.get(file) ?? ''

const isTest = (file: string): boolean => file.endsWith('.test.ts')
const sources = files.filter((file) => /\.(ts|mjs|cjs|js|sh)$/.test(file))
const tests = sources.filter((file) => isTest(file) || file.startsWith('test/'))
const documents = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md']
const linesOf = (text: string): number => text.trimEnd().split('\n').length

/** File and line of every match. */
function found(among: readonly string[], pattern: RegExp): readonly string[] {
  return among.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, n) => (pattern.test(line) ? [`${file}:${n + 1}: ${line.trim()}`] : [])),
  )
}
const all = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([, one = '']) => one)
/** What stands in backticks or in fenced blocks: the part of a document that people copy. */
const codeOf = (document: string): string =>
  all(textOf(document), /(```[\s\S]*?```|`[^`\n]+`)/g)
    .map((span) => span.replace(/^`+(sh|console|yaml)?|`+$/g, ''))
    .join('\n')

/** Files that break a rule by intention, each with its reason. */
type Exceptions = Readonly<Record<string, string>>
const breaking = (found: readonly string[], exceptions: Exceptions): readonly string[] =>
  found.filter((one) => !((one.split(':')[0] as string) in exceptions))
const unneeded = (found: readonly string[], exceptions: Exceptions): readonly string[] =>
  Object.keys(exceptions).filter((file) => !found.some((one) => one.split(':')[0] === file))

describe('documents', () => {
  const scripts = Object.keys((JSON.parse(textOf('package.json')) as { scripts: object }).scripts)
  const programs = files.filter((file) => /^cmd\/[^/]+\.ts$/.test(file)).map(textOf)
  const commands = programs.flatMap((text) => all(text, /new Command\('([a-z]+)'\)/g))
  const flags = programs.flatMap((text) => all(text, /(--[a-z][a-z-]*)/g))

  it.each(documents)('%s names npm scripts that exist', (document) => {
    const named = all(codeOf(document), /npm (?:run |(?=test))(?:-s )?([\w:-]+)/g)
    expect(named.filter((name) => !scripts.includes(name))).toEqual([])
  })

  it.each(documents)('%s names commands and flags that exist', (document) => {
    const lines = codeOf(document).split('\n')
    const typed = lines.flatMap((line) => all(line, /^(?:\$ )?(?:npx )?gantry ([^#|]+)/g))
    expect(typed.map((line) => line.split(/\s/)[0]).filter((name) => !commands.includes(name ?? ''))).toEqual([])
    expect(typed.flatMap((line) => all(line, /(--[a-z-]+)/g)).filter((flag) => !flags.includes(flag))).toEqual([])
  })

  it('README.md names every command', () => {
    const known = commands.filter((name) => name !== 'gantry')
    const code = codeOf('README.md')
    expect(known.filter((name) => !new RegExp(`^(gantry )?${name}\\b`, 'm').test(code))).toEqual([])
  })

  it.each(documents)('%s names files and folders that exist', (document) => {
    const path = /^((?:api|store|controllers|cmd|lib|hack|test|deploy|crds)(?:\/[\w.-]+)+\/?)$/gm
    const linked = all(textOf(document), /\]\((?!https?:)([^)#]+)/g)
    const named = all(codeOf(document), path).filter((name) => !/(^|\/)X(\/|$)/.test(name)) // any X
    expect([...linked, ...named].filter((name) => !existsSync(join(root, name)))).toEqual([])
  })

  it('ARCHITECTURE.md has every room and every kind', () => {
    const text = textOf('ARCHITECTURE.md')
    const rooms = new Set(
      files.filter((file) => file.endsWith('.ts') && file.includes('/')).map((f) => f.split('/')[0]),
    )
    expect([...rooms].filter((room) => !text.includes(`| \`${room}/`))).toEqual([])
    expect(gantryKinds.map(({ kind }) => kind).filter((kind) => !text.includes(`| ${kind} `))).toEqual([])
  })
})

describe('kinds', () => {
  const examples = files.filter((file) => /^deploy\/examples\/.*\.yaml$/.test(file))
  const objects = examples.flatMap((file) =>
    parseAllDocuments(textOf(file)).map((document) => ({ file, raw: document.toJS() as { kind?: string } })),
  )
  const withoutExample: Exceptions = {
    TaskDefinitionRevision: 'made by its controller',
    ServiceRevision: 'made by its controller',
    ServiceDeployment: 'made by its controller',
    ContainerInstance: 'made by its agent',
  }

  it('each that people write has an example', () => {
    const missing = gantryKinds.map(({ kind }) => kind).filter((kind) => !objects.some(({ raw }) => raw.kind === kind))
    expect(missing.sort()).toEqual(Object.keys(withoutExample).sort())
  })

  it.each(objects)('$file is accepted without a word', ({ raw }) => {
    const kind = allKinds.find((known) => known.kind === raw.kind)
    if (kind === undefined) throw new Error(`no kind ${raw.kind}`)
    const { object, warnings } = parseObject(kind, raw, { unknown: 'strict' })
    expect([...warnings, ...kind.warnings(object), ...kind.validate(object, undefined)]).toEqual([])
  })
})

describe('fault codes', () => {
  it.each(faultCodes)('%s crosses the wire and is the same on the other side', (code) => {
    const status = failure(new Fault(code, 'said'))
    expect(status.code).toBeGreaterThanOrEqual(400)
    // A server's bug must not stop its client as the client's own would.
    expect(faultOf(status.code ?? 0, status).code).toBe(code === 'Internal' ? 'Unavailable' : code)
  })
})

describe('files', () => {
  const long: Exceptions = {}
  it('are short enough to have one job', () => {
    const rooms = sources.filter((file) => /^(api|store|controllers|lib|cmd)\//.test(file))
    const tooLong = rooms.filter((file) => linesOf(textOf(file)) > (isTest(file) ? 600 : 300))
    expect(breaking(tooLong, long)).toEqual([])
    expect(unneeded(tooLong, long)).toEqual([])
  })

  it('open with their job; a test says it by its name', () => {
    const opens = /^(#!.*\n)?\s*(\/\*\*|\/\/|#)/
    expect(sources.filter((file) => !isTest(file) && !opens.test(textOf(file)))).toEqual([])
  })

  it('are named for what they hold', () => {
    const vague = /(^|-)(index|utils?|helpers?|common|misc|manager)\.\w+$/
    expect(sources.filter((file) => vague.test(basename(file)))).toEqual([])
    expect(sources.filter((file) => !/^[a-z0-9.-]+$/.test(basename(file)))).toEqual([])
  })

  it('of a controller are the same four everywhere', () => {
    const folders = new Set(files.map(dirname).filter((folder) => /^controllers\/[^/]+$/.test(folder)))
    folders.delete('controllers/runtime')
    const four = ['state.ts', 'plan.ts', 'apply.ts', 'controller.ts']
    const missing = [...folders].flatMap((folder) => four.map((file) => `${folder}/${file}`))
    expect(missing.filter((file) => !files.includes(file))).toEqual([])
  })

  it('say nothing about the machine they were written on', () => {
    const text = files.filter((file) => !file.startsWith('test/fixtures/'))
    expect(found(text, /\/wor[k]\/|\/roo[t]\//)).toEqual([])
    expect(
      found(text, /registry\.(npmjs|yarnpk[g])|npm\.pkg\.githu[b]|artifactor[y]|pypi\.or[g]|proxy\.golan[g]/i),
    ).toEqual([])
  })

  it('leave nothing for later without a place to find it', () => {
    expect(found(sources, /\b(TOD[O]|FIXM[E]|XX[X])\b/)).toEqual([])
  })
})

describe('tests', () => {
  const skipping: Exceptions = {
    'test/conformance/store-case.ts': 'a backend lists what it cannot do, with the reason in the name of the case',
    'test/e2e/cli-launcher.test.ts': 'needs a second, older Node.js on the machine',
  }
  /** An outage is waited for by its length: `sleep(systemClock, outage, ...)`; so is nothing else, but for these. */
  const waiting: Exceptions = {
    'test/until.ts': 'asks the outside world again and again: what all others use',
    'test/conformance/store-etcd-outage.test.ts': 'writes at a steady rate while etcd is away',
    'test/conformance/store-leases.ts': 'renews a lease at a steady rate',
    'test/e2e/cli-restart.test.ts': 'kills at chosen moments of a change: any moment must do',
    'test/golden/kubectl/command.ts': 'interrupts a command after the seconds after which the recorded one was',
    'test/bench/api/load.ts': 'sends so many requests a second, as the benchmark says',
    'test/e2e/operator.test.ts': 'cuts watches every two seconds, whatever they do',
    'test/e2e/cluster-history.ts': 'a follower that tries again while its server is away',
  }

  it('are all run', () => {
    expect(found(tests, /\b(it|test|describe|suite)(\.\w+)*\.(skip|only|todo|fails)\b/)).toEqual([])
    const skips = found(tests, /\.(skipIf|runIf)\b/)
    expect(breaking(skips, skipping)).toEqual([])
    expect(unneeded(skips, skipping)).toEqual([])
  })

  it('wait for conditions and never for time', () => {
    const waits = found(tests, /setTimeou[t]\(|from 'node:timer[s]|sleep\(systemCloc[k], (?!outage\b)/)
    expect(breaking(waits, waiting)).toEqual([])
    expect(unneeded(waits, waiting)).toEqual([])
  })
})
