/** Makes a fault happen, and end. */
import { unreachable } from '../../lib/errors.ts'
import { millis } from '../../lib/time.ts'
import { reliable } from './conditions.ts'
import { agentOf, type SimFault } from './faults.ts'
import type { World } from './world.ts'

export function inject(world: World, fault: SimFault): void {
  const end = begin(world, fault)
  if (end !== undefined && 'lasts' in fault) world.clock.after(fault.lasts, end)
}

/** Returns what ends the fault, if it lasts. */
function begin(world: World, fault: SimFault): (() => void) | undefined {
  switch (fault.fault) {
    case 'crash': {
      const process = world.process(fault.process)
      process.conditions.crash = { writes: fault.afterWrites, when: fault.when }
      process.crashDownFor = fault.downFor
      return undefined
    }
    case 'cutOff': {
      const { conditions } = world.process(fault.process)
      conditions.cutOff = fault.how
      return () => {
        conditions.cutOff = 'no'
        conditions.change()
      }
    }
    case 'staleWatch': {
      const { conditions } = world.process(fault.process)
      conditions.freeze(fault.kind)
      return () => conditions.thaw(fault.kind)
    }
    case 'flakyWrites': {
      const { conditions } = world.process(fault.process)
      conditions.flaky = fault.flaky
      return () => {
        conditions.flaky = reliable
      }
    }
    case 'flakyStore': {
      const { conditions } = world.process(fault.process)
      conditions.flakyStore = fault.flaky
      return () => {
        conditions.flakyStore = reliable
      }
    }
    case 'serverStrained': {
      const { conditions } = world.process(fault.process)
      conditions.server = fault.server
      return () => {
        if (conditions.server === fault.server) conditions.endStrain()
      }
    }
    case 'watchesEnd':
      world.process(fault.process).conditions.endWatches(fault.how)
      return undefined
    case 'instanceDies': {
      const engine = world.engine(fault.instance)
      world.process(agentOf(fault.instance)).die(fault.downFor)
      if (fault.how === 'wipe') engine.wipe()
      else engine.powerCut()
      return undefined
    }
    case 'containersCrash': {
      const engine = world.engine(fault.instance)
      const running = engine.containers().filter(({ status }) => status === 'running')
      for (const { id } of running.slice(0, fault.count)) engine.killContainer(id)
      return undefined
    }
    case 'engineDown': {
      const engine = world.engine(fault.instance)
      engine.setDown(true)
      return () => engine.setDown(false)
    }
    case 'engineSlow': {
      const { conditions } = world.process(agentOf(fault.instance))
      conditions.engineDelay = fault.delay
      return () => {
        conditions.engineDelay = millis(0)
      }
    }
    case 'imageMissing':
      world.registry.missing.add(fault.image)
      return () => void world.registry.missing.delete(fault.image)
    default:
      unreachable(fault)
  }
}
