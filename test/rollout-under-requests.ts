/** Ten tasks of the bookstore rolled to a new revision, while a client keeps asking those that the API reports healthy. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service } from '../api/v1/service.ts'
import { cliFor } from '../hack/demo/cli.ts'
import { ServiceWatch } from '../hack/demo/tasks.ts'
import { keepAsking, type TrafficReport } from '../hack/demo/traffic.ts'
import { type Gantry, type Ran, root } from './e2e/cli-gantry.ts'

export interface RolloutUnderRequests extends TrafficReport {
  /** Milliseconds from the new revision's apply until all old tasks have ended and all new ones serve. */
  readonly took: number
  /** What `gantry rollout status` said then. */
  readonly status: Ran
}

export interface Percents {
  readonly minimum: number
  readonly maximum: number
}

const tasks = 10
const example = (file: string): Promise<string> => readFile(join(root, 'deploy/examples/bookstore', file), 'utf8')
const isThrough = (service: Service | undefined): boolean => service?.status?.rolloutState === 'COMPLETED'

async function apply(gantry: Gantry, text: string): Promise<void> {
  const { code, err } = await gantry.apply(text)
  if (code !== 0) throw new Error(`gantry apply: ${err}`)
}

/** Starts it, rolls it, and removes it. Needs the bookstore's image. */
export async function rolloutUnderRequests(
  gantry: Gantry,
  { minimum, maximum }: Percents,
): Promise<RolloutUnderRequests> {
  const service = (await example('service.yaml'))
    .replace('desiredCount: 3', `desiredCount: ${tasks}`)
    .replace('minimumHealthyPercent: 100', `minimumHealthyPercent: ${minimum}`)
    .replace('maximumPercent: 200', `maximumPercent: ${maximum}`)
  await apply(gantry, `${await example('task-definition.yaml')}\n---\n${service}`)
  const watch = new ServiceWatch(
    cliFor(gantry.kubeConfig, () => undefined),
    'bookstore',
  )
  const end = new AbortController()
  try {
    await watch.until('all serve', () => isThrough(watch.service) && watch.serving.length === tasks)
    const before = new Set(watch.alive.map(({ metadata }) => metadata.uid))
    const traffic = keepAsking(() => watch.serving, end.signal)
    const began = performance.now()
    await apply(gantry, await example('v2/task-definition.yaml'))
    const replaced = (): boolean => watch.alive.every(({ metadata }) => !before.has(metadata.uid))
    await watch.until('all are replaced', () => replaced() && watch.serving.length === tasks, 180)
    const took = performance.now() - began
    const status = await gantry.run('rollout', 'status', 'bookstore')
    end.abort()
    return { ...(await traffic), took, status }
  } finally {
    end.abort()
    watch.stop()
    await gantry.run('delete', 'service', 'bookstore', '--timeout', '60s')
    await gantry.run('delete', 'taskdefinition', 'bookstore', '--timeout', '30s')
  }
}
