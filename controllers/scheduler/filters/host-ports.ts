/** No two tasks on one fixed host port, TCP and UDP apart (ecs-core 6.1 step 1: RESOURCE:PORTS, RESOURCE:PORTS_UDP). */
import type { Filter } from './filter.ts'

export const hostPorts: Filter = {
  reason: 'PortInUse',
  appliesTo: ({ demand }) => demand.ports.length + demand.portsUdp.length > 0,
  refuse({ demand }, instance) {
    for (const port of demand.ports) if (instance.isPortTaken('tcp', port)) return `port ${port} in use`
    for (const port of demand.portsUdp) if (instance.isPortTaken('udp', port)) return `UDP port ${port} in use`
    return undefined
  },
}
