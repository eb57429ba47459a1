/** What a control plane says on standard output once it is ready. */
import type { Terminal } from './terminal.ts'

export interface Ready {
  readonly url: string
  readonly kubeConfig: string
}

/** A line for people, or for `-o json` one object: `{"url":...,"kubeconfig":...}`. */
export function tellReady(terminal: Terminal, flags: { readonly output?: 'json' }, { url, kubeConfig }: Ready): void {
  if (flags.output === 'json') {
    terminal.out(JSON.stringify({ url, kubeconfig: kubeConfig }))
    return
  }
  terminal.out(`Gantry is ready at ${url}`)
  terminal.out(`The CLI and kubectl reach it with ${kubeConfig}:  export GANTRY_KUBECONFIG=... or KUBECONFIG=...`)
}
