import { describe, expect, it } from 'vitest'
import { allKinds } from '../../api/v1/kinds.ts'
import { messageOf } from '../../lib/errors.ts'
import { problemText } from './document.ts'
import { type Manifest, readManifests } from './manifest.ts'

const web = `# the service
apiVersion: gantry.dev/v1
kind: Service
metadata:
  name: web
  annotations:
    example.com/a.b: x
spec:
  taskDefinition: web
  desiredCount: 3
`
const read = (text: string, file = 'a.yaml') => readManifests([{ file, text }], allKinds)
const refusal = (text: string): string => {
  try {
    read(text)
  } catch (error) {
    return messageOf(error)
  }
  return 'accepted'
}

describe('readManifests', () => {
  it('reads many documents and leaves out empty ones', () => {
    const manifests = read(`---\n# nothing\n---\n${web}---\n${web.replace('name: web', 'name: two')}...\n`)
    expect(manifests.map(({ title }) => title)).toEqual(['service.gantry.dev/web', 'service.gantry.dev/two'])
  })
  it('reads JSON, tabs and all', () => {
    const text = '{\n\t"apiVersion": "gantry.dev/v1",\n\t"kind": "Cluster",\n\t"metadata": {"name": "prod"}\n}\n'
    expect(read(text, 'a.json')[0]?.object).toEqual({
      apiVersion: 'gantry.dev/v1',
      kind: 'Cluster',
      metadata: { name: 'prod' },
    })
  })
  it('reads a List as its items', () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: gantry.dev/v1\n  kind: Cluster\n  metadata: {name: a}\n- apiVersion: gantry.dev/v1\n  kind: Cluster\n  metadata: {name: b}\n`
    const manifests = read(text)
    expect(manifests.map(({ object }) => object.metadata.name)).toEqual(['a', 'b'])
    expect(problemText((manifests[1] as Manifest).problem({ path: 'metadata.name', message: 'no' }))).toBe(
      'a.yaml:9:14: document 1, Cluster b: items[1].metadata.name: no',
    )
  })
  it('follows anchors and merge keys', () => {
    const text = `apiVersion: gantry.dev/v1\nkind: Cluster\nmetadata:\n  name: &n prod\n  labels: {<<: {a: b}, n: *n}\n`
    expect(read(text)[0]?.object.metadata.labels).toEqual({ a: 'b', n: 'prod' })
  })

  it.each([
    { when: 'a bracket is open', text: 'a: [1,\nb: 2\n', says: /^a\.yaml:\d+:\d+: document 1: not valid YAML: / },
    {
      when: 'a second document is broken',
      text: `${web}---\nkind: Service\n  bad: indent\n`,
      says: /^a\.yaml:1[234]:\d+: document 2: not valid YAML: /,
    },
    { when: 'a key occurs twice', text: `${web}  desiredCount: 4\n`, says: /^a\.yaml:11:3: document 1: .*unique/ },
    { when: 'an alias has no anchor', text: 'a: *b\n', says: /^a\.yaml.*document 1: not valid YAML: .*alias/i },
    { when: 'it is a word', text: 'hello\n', says: /^a\.yaml:1:1: document 1: an object with .* not "hello"$/ },
    { when: 'it is a list', text: '- a\n', says: /not a list$/ },
    { when: 'there is nothing', text: '# nothing\n', says: 'a.yaml: document 1: there is no object in it' },
    {
      when: 'there is no kind',
      text: 'apiVersion: gantry.dev/v1\nmetadata: {name: a}\n',
      says: /^a\.yaml:1:1: document 1: kind: required; allowed: Cluster, TaskDefinition, .* \(gantry\.dev\/v1\)/,
    },
    {
      when: "it is ECS's own input",
      text: '{"family": "web", "containerDefinitions": []}',
      says: /apiVersion: required; this looks like ECS's RegisterTaskDefinition: put it under "spec:" .*"kind": "TaskDefinition", "metadata": \{"name": "web"\}\}$/,
    },
    {
      when: 'the kind is misspelt',
      text: web.replace('kind: Service', 'kind: Servce'),
      says: /^a\.yaml:3:1: document 1: kind: unknown kind "Servce"; did you mean Service\?/,
    },
    {
      when: 'the version is of another group',
      text: web.replace('gantry.dev/v1', 'v1'),
      says: 'a.yaml:2:1: document 1: apiVersion: "v1" has no kind Service; allowed: gantry.dev/v1',
    },
    {
      when: 'there is no metadata',
      text: 'apiVersion: gantry.dev/v1\nkind: Service\n',
      says: 'a.yaml:1:1: document 1: metadata: required: an object with a name',
    },
    {
      when: 'the name is a number',
      text: web.replace('name: web', 'name: 1'),
      says: 'a.yaml:5:3: document 1: metadata.name: must be text, not 1; put it in quotes',
    },
  ])('refuses when $when', ({ text, says }) => {
    if (typeof says === 'string') expect(refusal(text)).toBe(says)
    else expect(refusal(text)).toMatch(says)
  })
  it.each([
    {
      when: 'lists are nested too deep',
      text: `a: ${'['.repeat(100_000)}`,
      says: /^a\.yaml:1:5\d\d: document 1: it is nested deeper than 500 levels$/,
    },
    {
      when: 'lines are indented too deep',
      text: Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      says: /^a\.yaml:50\d:\d+: document 1: it is nested deeper than 500 levels$/,
    },
    {
      when: 'there are too many documents',
      text: `${web}---\n`.repeat(5001),
      says: /^a\.yaml:55002:1: document 5001: the file has more than 5000 documents$/,
    },
    {
      when: 'there are too many words',
      text: `${web}---\na: [${'0,'.repeat(600_000)}0]`,
      says: /^a\.yaml:12:\d+: document 2: it has more than 1000000 words and signs$/,
    },
    {
      when: 'it contains itself',
      text: 'a: &a [*a, *a, *a]\n',
      says: /^a\.yaml:1:1: document 1: it has more than 200000 values$/,
    },
    {
      when: 'aliases multiply',
      text: `a0: &a0 x\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]\n`).join('')}`,
      says: /^a\.yaml:1:1: document 1: not valid YAML: Excessive alias count/,
    },
    {
      when: 'a number is too large to be one',
      text: web.replace('desiredCount: 3', `desiredCount: ${'9'.repeat(1000)}`),
      says: /^a\.yaml:2:1: document 1: it has a number that is too large, or none$/,
    },
  ])('refuses what is too much: $when', ({ text, says }) => {
    expect(refusal(text)).toMatch(says)
  })
  it('tells the first hundred problems', () => {
    expect(refusal('hello\n---\n'.repeat(150)).split('\n')).toHaveLength(101)
  })
  it('names every bad document, and every file', () => {
    expect(refusal(`a: [\n---\n${web.replace('kind: Service', 'kind: Nothing')}`).split('\n')).toHaveLength(2)
  })
})

describe('where a field is', () => {
  const text = `${web}  placementStrategy:\n  - type: spread\n    field: instanceId\n  - {type: binpack, field: cpu}\n`
  const [manifest] = read(text) as [Manifest]
  it.each([
    { path: 'spec.desiredCount', at: '10:3' },
    { path: 'spec', at: '8:1' },
    { path: 'spec.placementStrategy[0].field', at: '13:5' },
    { path: 'spec.placementStrategy[1]', at: '14:5' },
    { path: 'spec.placementStrategy[1].field', at: '14:21' },
    { path: 'metadata.annotations[example.com/a.b]', at: '7:5' },
    { path: 'metadata.annotations.example.com/a.b', at: '7:5' },
    { path: 'spec.missing.deeper[3]', at: '8:1' },
    { path: 'spec.placementStrategy[7]', at: '11:3' },
    { path: '', at: '2:1' },
  ])('$path is at $at', ({ path, at }) => {
    expect(problemText(manifest.problem({ path, message: 'no' }))).toMatch(
      new RegExp(`^a\\.yaml:${at}: document 1, Service web: `),
    )
  })
})
