/** What the fuzzer starts from: every recorded request, every example as the body of a create, and requests about access. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { readCases, type TraceRequest, topics } from '../golden/trace.ts'
import { accessCorpus } from './access-corpus.ts'

const root = new URL('../../', import.meta.url).pathname
const json = { 'content-type': 'application/json' }
const plurals: Readonly<Record<string, string>> = {
  Cluster: 'clusters',
  TaskDefinition: 'taskdefinitions',
  Service: 'namespaces/golden-a/services',
  Task: 'namespaces/golden-a/tasks',
}

function recorded(): TraceRequest[] {
  return topics.flatMap((topic) =>
    readCases(topic).flatMap(({ steps }) =>
      steps.flatMap(({ request }) => (request === undefined || '<generated>' in Object(request.body) ? [] : [request])),
    ),
  )
}

function examples(): TraceRequest[] {
  const directory = join(root, 'deploy/examples')
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(directory, file), 'utf8')).flatMap((document) => {
      const body = document.toJS() as { kind?: string } | null
      const plural = plurals[body?.kind ?? '']
      if (plural === undefined) return []
      return [{ method: 'POST', path: `/apis/gantry.dev/v1/${plural}`, headers: json, body }]
    }),
  )
}

/** Few were recorded about access: each counts as so many, so that some mutants in ten are of them. */
const accessWeight = 10

/** At least two thousand requests. */
export async function corpus(): Promise<readonly TraceRequest[]> {
  const access = await accessCorpus()
  return [...recorded(), ...examples(), ...Array.from({ length: accessWeight }, () => access).flat()]
}
