/** What the fuzzer starts from: every recorded request, and every example and fixture as the body of a create. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { readCases, type TraceRequest, topics } from '../golden/trace.ts'

const root = new URL('../../', import.meta.url).pathname
const plurals: Readonly<Record<string, string>> = {
  Cluster: 'clusters',
  TaskDefinition: 'namespaces/golden-a/taskdefinitions',
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
      const headers = { 'content-type': 'application/json' }
      return [
        {
          method: 'POST',
          path: `/apis/gantry.dev/v1/${plural.replace('namespaces/golden-a/taskd', 'taskd')}`,
          headers,
          body,
        },
      ]
    }),
  )
}

/** At least two thousand requests. */
export const corpus = (): readonly TraceRequest[] => [...recorded(), ...examples()]
