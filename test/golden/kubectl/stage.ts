/** Sets the scene of a recorded command, and plays what others did while it ran; as a client without a name. */
import type { TraceRequest } from '../trace.ts'
import type { Wire } from '../wire.ts'
import type { World } from '../world.ts'
import type { Change, Scene, SceneWidget } from './scenes.ts'

const group = '/apis/golden.gantry.dev/v1'
const apiVersion = 'golden.gantry.dev/v1'
const home = 'golden-a'

const collectionOf = (namespace = home): string => `${group}/namespaces/${namespace}/widgets`

async function sent(wire: Wire, request: TraceRequest): Promise<Record<string, unknown>> {
  const answer = await wire.send({ headers: { 'content-type': 'application/json' }, ...request })
  if (answer === undefined || answer.status >= 400) {
    throw new Error(`${request.method} ${request.path}: ${answer?.status} ${answer?.bytes.toString('utf8')}`)
  }
  return JSON.parse(answer.bytes.toString('utf8')) as Record<string, unknown>
}

function widget({ name, namespace = home, labels, finalizers, spec }: SceneWidget): TraceRequest {
  const metadata = { name, namespace, ...(labels && { labels }), ...(finalizers && { finalizers }) }
  return { method: 'POST', path: collectionOf(namespace), body: { apiVersion, kind: 'Widget', metadata, spec } }
}

/** Removes everything and makes what the scene has. */
export async function setScene(world: World, scene: Scene): Promise<void> {
  const { wire } = world
  await world.clean()
  await sent(wire, { method: 'DELETE', path: `/api/v1/namespaces/${home}/events` })
  let first: Record<string, unknown> | undefined
  for (const one of scene.widgets) {
    const made = await sent(wire, widget(one))
    first ??= made
  }
  if (scene.cluster) {
    const body = { apiVersion, kind: 'ClusterWidget', metadata: { name: 'k' }, spec: { value: 'v' } }
    await sent(wire, { method: 'POST', path: `${group}/clusterwidgets`, body })
  }
  if (!scene.event || first === undefined) return
  const { uid } = first.metadata as { uid: string }
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'a.1', namespace: home },
    involvedObject: { apiVersion, kind: 'Widget', name: 'a', namespace: home, uid },
    reason: 'Made',
    message: 'made it',
    type: 'Normal',
    source: { component: 'golden' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  }
  await sent(wire, { method: 'POST', path: `/api/v1/namespaces/${home}/events`, body })
}

export async function change(wire: Wire, one: Change): Promise<void> {
  const patch = { 'content-type': 'application/merge-patch+json' }
  switch (one.do) {
    case 'create':
      await sent(wire, widget(one.widget))
      break
    case 'delete':
      await sent(wire, { method: 'DELETE', path: `${collectionOf()}/${one.name}` })
      break
    case 'size': {
      const body = { spec: { size: one.size } }
      await sent(wire, { method: 'PATCH', path: `${collectionOf()}/${one.name}`, headers: patch, body })
      break
    }
    case 'status': {
      const body = { status: one.status }
      await sent(wire, { method: 'PATCH', path: `${collectionOf()}/${one.name}/status`, headers: patch, body })
    }
  }
}
