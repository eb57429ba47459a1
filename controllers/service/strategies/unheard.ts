/** Tasks that may still run where nobody is heard: what may not run twice waits for them. */
import { isStrict } from '../../../api/v1/service-bounds.ts'
import type { ServiceState } from '../state.ts'

/** The reason of what the service's conditions say while it waits so. */
export const tasksMayStillRun = 'TasksMayStillRun'

const list = (names: readonly string[], what: string): string =>
  names.length === 1
    ? `${what} ${names[0]}`
    : `${what}s ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and more' : ''}`

/** What a person should know and do about them; undefined when there are none. */
export function unheard({ service, revisions }: ServiceState): string | undefined {
  if (!isStrict(service.spec)) return undefined
  const tasks = revisions.flatMap((revision) =>
    revision.tasks.filter(({ phase, lostSince }) => phase !== 'stopped' && lostSince !== undefined),
  )
  const since = tasks.flatMap(({ lostSince = '' }) => lostSince).sort()[0]
  if (since === undefined) return undefined
  const instances = list([...new Set(tasks.map(({ instance = '' }) => instance))].sort(), 'container instance')
  const names = list(tasks.map(({ name }) => name).sort(), 'task')
  return (
    `Not heard since ${since}: ${instances}. There may still run ${names}, and with maximumPercent 100 nothing takes its place ` +
    'until that is known to have ended: start the agent again or, if the machine is gone, delete the container instance.'
  )
}
