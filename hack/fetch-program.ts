/** Fetches a program and keeps it, whole or not at all: `node hack/fetch-program.ts URL FILE`. */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const [url, file] = process.argv.slice(2)
if (url === undefined || file === undefined) throw new Error('usage: node hack/fetch-program.ts URL FILE')
const limit = 300_000

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(limit) })
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
  const next = `${file}.${process.pid}.new`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(next, Buffer.from(await answer.arrayBuffer()))
  await chmod(next, 0o755)
  await rename(next, file)
} catch (error) {
  console.error(`${url}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
