/** The two ways to an API server: in process on its registry, and over its HTTP application. */
import type { ResourceClient } from '../../api/client/client.ts'
import { directClient } from '../../api/client/direct.ts'
import { type InProcessParts, inProcessClient, inProcessServer } from './in-process-server.ts'

export const doors = {
  direct: ({ registry }) => directClient(registry),
  kubernetes: (parts, signal) => inProcessClient(inProcessServer(parts, signal), parts),
} as const satisfies Record<string, (parts: InProcessParts, signal: AbortSignal) => ResourceClient>

export type Door = keyof typeof doors
