/** What is worth telling of a service's availability zones, in ECS's words (ecs-core 5.8). */
import type { Service, ZoneRebalancing } from '../../../api/v1/service.ts'
import type { ServiceEvent } from './news.ts'

const counted = ({ zones }: ZoneRebalancing): string =>
  zones.map(({ zone, tasks }) => `${tasks} tasks in ${zone}`).join(', ')

/** The event of a change to `next`. That zones which nobody had to even out are balanced is no news. */
export function zoneNews({ metadata, status }: Service, next: ZoneRebalancing | undefined): readonly ServiceEvent[] {
  const was = status?.availabilityZoneRebalancing?.state
  if (next === undefined || was === next.state) return []
  const subject = `(service ${metadata.name})`
  switch (next.state) {
    case 'IN_PROGRESS': {
      const message = `${subject} is not AZ balanced with ${counted(next)}. AZ Rebalancing in progress.`
      return [{ type: 'Normal', reason: 'RebalancingStarted', message }]
    }
    case 'STOPPED': {
      const message = `${subject} is not AZ balanced with ${counted(next)}. AZ Rebalancing stopped: ${next.reason}.`
      return [{ type: 'Warning', reason: 'RebalancingStopped', message }]
    }
    case 'BALANCED':
      return was === undefined
        ? []
        : [
            {
              type: 'Normal',
              reason: 'RebalancingCompleted',
              message: `${subject} is AZ balanced with ${counted(next)}.`,
            },
          ]
  }
}
