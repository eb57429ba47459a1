import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Gantry, service, taskDefinition } from './cli-gantry.ts'

let gantry: Gantry
let folder: string
beforeAll(async () => {
  gantry = await Gantry.up()
  folder = await mkdtemp(join(tmpdir(), 'gantry-bad-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await gantry[Symbol.asyncDispose]()
})

const apply = async (text: string, file = 'bad.yaml') => {
  const path = join(folder, file)
  await writeFile(path, text)
  const ran = await gantry.run('apply', '-f', path)
  return { ...ran, err: ran.err.replaceAll(`${folder}/`, '') }
}

const good = taskDefinition('good')
const eleven = Array.from({ length: 11 }, (_, i) => `    - {name: c${i}, image: x, memory: 16}`).join('\n')

/** Each is the second document of a file whose first one is good. */
const refused = [
  {
    when: 'a field is unknown',
    text: taskDefinition('bad', '      imge: x\n'),
    says: [/^error: bad\.yaml:24:7: document 2, TaskDefinition bad: spec\.containerDefinitions\[0\]\.imge: /m, /image/],
  },
  {
    when: 'a field stands too high',
    text: service('bad', 1, 'good').replace('desiredCount: 1', 'minReadySeconds: 10'),
    says: [
      /^error: bad\.yaml:\d+:3: document 2, Service bad: spec\.minReadySeconds: .*it belongs under spec\.deploymentConfiguration$/m,
    ],
  },
  {
    when: 'a type is wrong',
    text: service('bad', 1, 'good').replace('desiredCount: 1', 'desiredCount: many'),
    says: [/^error: bad\.yaml:19:3: document 2, Service bad: spec\.desiredCount: /m, /of type integer/, /string/],
  },
  {
    when: 'the image is missing',
    text: taskDefinition('bad').replace(/ {6}image: .*\n/, ''),
    says: [
      /^error: bad\.yaml:\d+:\d+: document 2, TaskDefinition bad: spec\.containerDefinitions\[0\]\.image: .*equired/m,
    ],
  },
  {
    when: 'there is an eleventh container',
    text: taskDefinition('bad').replace(/ {2}containerDefinitions:[\s\S]*$/, `  containerDefinitions:\n${eleven}\n`),
    says: [/^error: bad\.yaml:18:3: document 2, TaskDefinition bad: spec\.containerDefinitions: .*11.*10/m],
  },
  {
    when: 'the task definition it refers to is missing',
    text: service('bad', 1, 'nowhere'),
    says: [/^error: bad\.yaml:18:3: document 2, Service bad: spec\.taskDefinition: .*nowhere/m],
  },
  {
    when: 'a port is out of range',
    text: taskDefinition('bad', '      portMappings:\n        - containerPort: 70000\n'),
    says: [
      /^error: bad\.yaml:25:11: document 2, TaskDefinition bad: spec\.containerDefinitions\[0\]\.portMappings\[0\]\.containerPort: .*70000/m,
      /65535/,
    ],
  },
  {
    when: 'the name is not allowed',
    text: service('Bad_Name', 1, 'good'),
    says: [/^error: bad\.yaml:16:3: document 2, Service Bad_Name: metadata\.name: .*Bad_Name/m],
  },
]

describe('bad input', () => {
  it.each(refused)('is refused when $when', async ({ text, says }) => {
    const { code, err, out } = await apply(`${good}---\n${text}`)
    for (const part of says) expect(err).toMatch(part)
    expect(code).toBe(1)
    // The good document is applied, the bad one is not, not even in part.
    expect(out).toMatch(/^taskdefinition\.gantry\.dev\/good (created|unchanged)$/m)
    const { code: found } = await gantry.run(
      'get',
      text.includes('kind: Service') ? 'service' : 'taskdefinition',
      'bad',
    )
    expect(found).toBe(1)
  })

  it.each([
    {
      when: 'it is not YAML',
      text: `${taskDefinition('never')}---\nkind: [Service\nmetadata: {}\n`,
      says: /^error: bad\.yaml:1[3-6]:\d+: document 2: not valid YAML: /m,
    },
    {
      when: 'the kind is unknown',
      text: `${taskDefinition('never')}---\napiVersion: gantry.dev/v1\nkind: Servce\nmetadata: {name: x}\n`,
      says: /^error: bad\.yaml:14:1: document 2: kind: unknown kind "Servce"; did you mean Service\?/m,
    },
    {
      when: 'it is nested without end',
      text: `${taskDefinition('never')}---\na: ${'['.repeat(100_000)}`,
      says: /^error: bad\.yaml:13:\d+: document 2: it is nested deeper than 500 levels$/m,
    },
    {
      when: 'there are ten thousand documents',
      text: `${taskDefinition('never')}---\n`.repeat(10_000),
      says: /^error: bad\.yaml:\d+:1: document 5001: the file has more than 5000 documents$/m,
    },
    {
      when: 'it has ten megabytes',
      text: `# ${'x'.repeat(10_000_000)}\n${taskDefinition('never')}`,
      says: /^error: bad\.yaml: a file may have 8 MiB; split it$/m,
    },
    {
      when: 'its aliases multiply',
      text: `${taskDefinition('never')}---\na0: &a0 x\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]\n`).join('')}`,
      says: /^error: bad\.yaml:13:1: document 2: not valid YAML: Excessive alias count/m,
    },
    {
      when: 'it contains itself',
      text: `${taskDefinition('never')}---\n&a [*a, *a]\n`,
      says: /^error: bad\.yaml:13:\d+: document 2: it has more than 200000 values$/m,
    },
  ])('leaves everything as it was when $when', async ({ text, says }) => {
    const { code, err, out } = await apply(text)
    expect(err).toMatch(says)
    expect(code).toBe(1)
    expect(out).toBe('')
    expect((await gantry.run('get', 'taskdefinition', 'never')).code).toBe(1)
  })

  it('names every problem of every document', async () => {
    const { err } = await apply(
      `${taskDefinition('bad', '      imge: x\n      prot: y\n')}---\n${service('bad', -1, 'good')}`,
    )
    expect(err).toMatch(/containerDefinitions\[0\]\.imge/)
    expect(err).toMatch(/containerDefinitions\[0\]\.prot/)
    expect(err).toMatch(/document 2, Service bad: spec\.desiredCount/)
  })

  it('is refused in JSON, with its line', async () => {
    const text = `{\n  "apiVersion": "gantry.dev/v1",\n  "kind": "Service",\n  "metadata": {"name": "bad"},\n  "spec": {\n    "taskDefinition": 7\n  }\n}\n`
    const { code, err } = await apply(text, 'bad.json')
    expect(err).toMatch(/^error: bad\.json:6:5: document 1, Service bad: spec\.taskDefinition: .*string/m)
    expect(code).toBe(1)
  })

  it.each([
    { args: ['apply'], says: /required option '-f/ },
    { args: ['apply', '-f', '/no/such/file'], says: /^error: \/no\/such\/file: no such file or folder$/m },
    { args: ['apply', '-f', 'deploy/examples/bookstore', '-o', 'xml'], says: /Allowed choices are json, yaml, name/ },
    { args: ['get', 'servics'], says: /there is no kind "servics"; did you mean "services"\?/ },
    { args: ['get', 'service', 'nowhere'], says: /services\.gantry\.dev "nowhere" not found/ },
    { args: ['get', 'tasks', '-l', 'a in (b'], says: /unable to parse requirement/ },
    { args: ['describe', 'task', 'nowhere'], says: /tasks\.gantry\.dev "nowhere" not found/ },
    { args: ['delete', 'service'], says: /which services\? Give names, -l LABELS or --all/ },
    { args: ['delete', 'service', 'nowhere'], says: /services\.gantry\.dev "nowhere" not found/ },
    { args: ['logs', 'nowhere'], says: /tasks\.gantry\.dev "nowhere" not found/ },
    { args: ['up', '--listen', 'nonsense'], says: /Allowed: HOST:PORT/ },
    { args: ['agent', '--cpu', '-1'], says: /Allowed: a whole number/ },
    { args: ['operator'], says: /no pod with a service account: say with --kubeconfig/ },
    { args: ['nonsense'], says: /unknown command 'nonsense'/ },
  ])('gantry $args fails and says why', async ({ args, says }) => {
    const { code, err, out } = await gantry.run(...args)
    expect(err).toMatch(says)
    expect(code).toBe(1)
    expect(out).toBe('')
  })
})
