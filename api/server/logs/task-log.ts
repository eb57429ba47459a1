/** `tasks/NAME/log`: finds the task and its instance, and passes on what the agent says. */
import type { Clock } from '../../../lib/clock.ts'
import { isFault } from '../../../lib/errors.ts'
import type { KeyPair } from '../../../lib/x509/key-pair.ts'
import type { Registry } from '../../registry/registry.ts'
import { ContainerInstance } from '../../v1/container-instance.ts'
import { Task } from '../../v1/task.ts'
import type { Subresource } from '../resources/asked.ts'
import { flag, whole } from '../resources/query.ts'
import { readTaskLog } from './log-proxy.ts'

/** `identity` is shown to agents. */
export const taskLog = (registry: Registry, identity: KeyPair, clock: Clock): Subresource => ({
  kind: registry.kinds.find((kind) => kind.kind === Task.kind && kind.group === Task.group) ?? (Task as never),
  name: 'log',
  verbs: ['get'],
  async handle(key, request, signal) {
    const query = new URL(request.url).searchParams
    const task = await registry.get(Task, key, signal)
    const instanceName = task.spec.containerInstance
    const instance =
      instanceName === undefined
        ? undefined
        : await registry
            .get(ContainerInstance, { namespace: key.namespace, name: instanceName }, signal)
            .catch((error: unknown) => {
              if (isFault(error, 'NotFound')) return undefined
              throw error
            })
    const container = query.get('container')
    const tailLines = whole(query, 'tailLines')
    const sinceSeconds = whole(query, 'sinceSeconds')
    const wanted = {
      ...(container === null || container === '' ? {} : { container }),
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
      follow: flag(query, 'follow'),
      timestamps: flag(query, 'timestamps'),
    }
    const body = await readTaskLog(task, instance, wanted, { clock, identity }, signal)
    return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' } })
  },
})
