/**
 * Writes what follows from the schemas: `node hack/generate.ts`. With `--check` it writes nothing and fails when a file
 * is missing, differs, or is not generated any more.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { generatedFiles, generatedFolders } from './generate/files.ts'

const root = join(import.meta.dirname, '..')
const { values: flags } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}

const existing = (folder: string): string[] => {
  mkdirSync(join(root, folder), { recursive: true })
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
}

const files = generatedFiles()
const differing = [...files].filter(([path, content]) => contentOf(path) !== content).map(([path]) => path)
const stale = generatedFolders.flatMap(existing).filter((path) => !files.has(path))

if (flags.check) {
  for (const path of differing) console.error(`${path}: differs from what the schemas say`)
  for (const path of stale) console.error(`${path}: is not generated any more`)
  if (differing.length + stale.length > 0) {
    console.error('run: node hack/generate.ts')
    process.exitCode = 1
  }
} else {
  for (const path of differing) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), files.get(path) ?? '')
    console.log(`wrote ${path}`)
  }
  for (const path of stale) {
    rmSync(join(root, path))
    console.log(`removed ${path}`)
  }
}
