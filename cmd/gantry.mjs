#!/usr/bin/env node
// Starts the gantry CLI: the sources in a checkout, dist/ in the built package. Plain JavaScript that old Nodes can read,
// because it is what tells their users what to do.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED_MAJOR = 24

const here = dirname(realpathSync(fileURLToPath(import.meta.url)))
const root = dirname(here)
const source = join(here, 'gantry.ts')
const built = join(root, 'dist', 'cmd', 'gantry.js')
const entry = existsSync(source) ? source : built

const exits = (message) => {
  process.stderr.write(`error: ${message}\n`)
  process.exit(1)
}

/** The binary of the npm package `node`, in this checkout or beside this package. */
const ownNode = () =>
  [join(root, 'node_modules', 'node', 'bin', 'node'), join(root, '..', 'node', 'bin', 'node')].find((path) =>
    existsSync(path),
  )

/** Runs the same command under `node`, as if it had been this process: its streams, its signals, its end. */
const runUnder = (node) => {
  const options = { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, GANTRY_LAUNCHED: '1' } }
  const child = spawn(node, [entry, ...process.argv.slice(2)], options)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) {
    // A terminal sends Ctrl-C to both processes: forwarding it would count twice, and the second one forces.
    process.on(signal, () => (process.stdin.isTTY && signal !== 'SIGTERM') || child.kill(signal))
  }
  child.on('error', (error) => exits(`cannot start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

const isOld = Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR
if (!existsSync(join(root, 'node_modules')) && entry === source) {
  exits(`the dependencies are not installed. Run: cd ${root} && npm ci`)
} else if (isOld) {
  const node = ownNode()
  if (node === undefined) {
    exits(
      `gantry needs Node.js ${NEEDED_MAJOR} or newer; this is ${process.version} (${process.execPath}).\n` +
        `Install it from https://nodejs.org, or: ${
          entry === source ? `cd ${root} && npm ci   (which brings a fitting one)` : 'npm install -g node@24'
        }`,
    )
  } else runUnder(node)
} else {
  // node:sqlite is the embedded store's; its notice of being new is not for our users, whose stderr is JSON lines.
  const warn = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) warn.call(process, warning, ...rest)
  }
  // Half of a short command's time is reading code: let Node remember what it compiled.
  module.enableCompileCache()
  await import(pathToFileURL(entry).href)
}
