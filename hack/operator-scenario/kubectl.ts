/** kubectl on the cluster under test. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const mostOutput = 64 * 1024 * 1024

export interface Kubectl {
  /** Runs a command; its standard output. Throws what kubectl says when it fails. */
  run(...args: readonly string[]): Promise<string>
  /** The items of a list. */
  list<T>(...args: readonly string[]): Promise<readonly T[]>
}

export const kubectlFor = (kubeConfig: string): Kubectl => {
  const ask = async (...args: readonly string[]): Promise<string> => {
    try {
      return (await run('kubectl', ['--kubeconfig', kubeConfig, ...args], { maxBuffer: mostOutput })).stdout
    } catch (error) {
      const { stderr = '' } = error as { readonly stderr?: string }
      throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`, { cause: error })
    }
  }
  return {
    run: ask,
    async list(...args) {
      return (JSON.parse(await ask('get', ...args, '-o', 'json')) as { readonly items: readonly never[] }).items
    },
  }
}
