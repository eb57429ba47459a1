/** The process's signals as an AbortSignal. */

const ending = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const

/** Aborts at the first SIGTERM, SIGINT or SIGHUP; a second one ends the process at once. */
export function untilSignalled(): AbortSignal {
  const controller = new AbortController()
  for (const [name, exitCode] of Object.entries(ending)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode)
      controller.abort(new Error(`stopped by ${name}`))
    })
  }
  return controller.signal
}
