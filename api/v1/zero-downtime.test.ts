import { describe, expect, it } from 'vitest'
import { aContainer, aService } from '../../test/builders/kinds.ts'
import { downtimeRisks, downtimeWarnings } from './zero-downtime.ts'

const checked = { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }

describe('zero downtime', () => {
  it.each([
    { when: 'ECS has its defaults (5.5)', min: undefined, max: undefined, risks: [] },
    { when: 'one task, none above, none kept', min: 0, max: 100, risks: ['AllTasksMayStop'] },
    { when: 'none kept, with room above', min: 0, max: 200, risks: ['AllTasksMayStop'] },
    { when: 'the minimum rounds up to one (5.5)', min: 1, max: 200, risks: [] },
    { when: 'nothing is wanted', min: 0, max: 100, desiredCount: 0, risks: [] },
    { when: 'it is a DAEMON, whose default keeps none (5.5)', daemon: true, risks: [] },
    { when: 'no health check', unchecked: true, risks: ['NoHealthCheck'] },
    { when: 'no health check, but a time to wait', unchecked: true, ready: 10, risks: [] },
    { when: 'no health check, and no time to wait', unchecked: true, ready: 0, risks: ['NoHealthCheck'] },
    { when: 'no health check, but a circuit breaker that waits 40 s (5.6)', unchecked: true, breaker: true, risks: [] },
    { when: 'neither', unchecked: true, min: 0, max: 100, risks: ['AllTasksMayStop', 'NoHealthCheck'] },
  ])('$when: $risks', ({ min, max, desiredCount = 1, daemon, unchecked, ready, breaker, risks }) => {
    const { spec } = aService({
      spec: {
        desiredCount,
        ...(daemon === true ? { schedulingStrategy: 'DAEMON' as const } : {}),
        deploymentConfiguration: {
          ...(min === undefined ? {} : { minimumHealthyPercent: min }),
          ...(max === undefined ? {} : { maximumPercent: max }),
          ...(ready === undefined ? {} : { minReadySeconds: ready }),
          ...(breaker === undefined ? {} : { deploymentCircuitBreaker: { enable: true, rollback: false } }),
        },
      },
    })
    const containerDefinitions = [aContainer(unchecked === true ? {} : { healthCheck: checked })]
    expect(downtimeRisks(spec, { containerDefinitions }).map(({ reason }) => reason)).toEqual(risks)
    expect(downtimeWarnings(spec)).toHaveLength(risks.filter((risk) => risk === 'AllTasksMayStop').length)
  })
})
