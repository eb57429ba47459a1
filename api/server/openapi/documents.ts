/** OpenAPI documents of the third version: one for each group and version, and one for /version. Pure. */
import { apiVersionOf } from '../../meta/kind.ts'
import { groupVersionsOf, type ServedResource } from '../discovery/served.ts'
import { allDefinitions, type Definitions, neededBy } from './definitions.ts'
import type { Schema } from './fields.ts'
import { definitionName } from './names.ts'
import { type Paths, pathsOf, rootOf } from './paths.ts'

export interface Document {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Paths
  readonly components: { readonly schemas: Definitions }
}

const json = (schema: Schema): Schema => ({ 'application/json': { schema } })

const versionPath: Paths = {
  '/version/': {
    get: {
      tags: ['version'],
      description: 'get the version information for this server',
      operationId: 'getCodeVersion',
      responses: {
        200: {
          description: 'OK',
          content: json({ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.version.Info' }),
        },
        401: { description: 'Unauthorized' },
      },
    },
  },
}

const versionMembers = {
  major: 'Major is the major version of the binary version.',
  minor: 'Minor is the minor version of the binary version.',
  emulationMajor: 'EmulationMajor is the major version of the emulation version.',
  emulationMinor: 'EmulationMinor is the minor version of the emulation version.',
  minCompatibilityMajor: 'MinCompatibilityMajor is the major version of the minimum compatibility version.',
  minCompatibilityMinor: 'MinCompatibilityMinor is the minor version of the minimum compatibility version.',
  gitVersion: 'The version that this server speaks like, and its own after the plus.',
  gitCommit: 'The commit this server was built from.',
  gitTreeState: 'Whether there was more than that commit.',
  buildDate: 'When this server was built.',
  goVersion: 'The version of the language runtime.',
  compiler: 'What compiled it.',
  platform: 'Operating system and architecture.',
} as const

const versionInfo: Definitions = {
  'io.k8s.apimachinery.pkg.version.Info': {
    description: 'Info contains versioning information.',
    type: 'object',
    required: [
      'major',
      'minor',
      'gitVersion',
      'gitCommit',
      'gitTreeState',
      'buildDate',
      'goVersion',
      'compiler',
      'platform',
    ],
    properties: Object.fromEntries(
      Object.entries(versionMembers).map(([name, description]) => [name, { description, type: 'string', default: '' }]),
    ),
  },
}

/** Documents by their path below /openapi/v3: `apis/gantry.dev/v1`, `version`. */
export function documentsOf(served: readonly ServedResource[]): ReadonlyMap<string, Document> {
  const definitions = { ...allDefinitions(served), ...versionInfo }
  const document = (title: string, version: string, paths: Paths, roots: readonly string[]): Document => {
    const refs = roots.map(($ref) => ({ $ref }))
    return {
      openapi: '3.0.0',
      info: { title, version },
      paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      components: { schemas: neededBy([paths, refs], definitions) },
    }
  }
  const ofVersion = (groupVersion: string): readonly [string, Document] => {
    const inside = served.filter((resource) => apiVersionOf(resource) === groupVersion)
    const paths = Object.assign({}, ...inside.map(pathsOf)) as Paths
    const builtIn = inside.some((resource) => resource.builtIn)
    const [title, version] = builtIn ? ['Kubernetes', 'v1.34.0'] : ['Kubernetes CRD Swagger', 'v0.1.0']
    const [first] = inside
    const key = first === undefined ? groupVersion : rootOf(first).slice(1)
    return [key, document(title, version, paths, inside.map(definitionName))]
  }
  return new Map([
    ...groupVersionsOf(served).map(ofVersion),
    ['version', document('Kubernetes', 'v1.34.0', versionPath, [])],
  ])
}
