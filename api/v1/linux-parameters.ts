/** What only Linux containers have: capabilities, devices, tmpfs, swap, ulimits, kernel parameters (ecs-core 3.2). */
import { z } from 'zod'
import { ulimitCel } from './container-cel.ts'
import { texts } from './names.ts'

const Device = z.strictObject({
  hostPath: z.string().min(1).describe('Device of the instance.'),
  containerPath: z.string().optional().describe('Path in the container; default: hostPath.'),
  permissions: z
    .array(z.enum(['read', 'write', 'mknod']))
    .optional()
    .describe('What the container may do; default: all.'),
})

const Tmpfs = z.strictObject({
  containerPath: z.string().min(1).describe('Where to mount it.'),
  size: z.int().min(1).describe('Largest size in MiB.'),
  mountOptions: texts('Mount options.').optional(),
})

export const LinuxParameters = z.strictObject({
  capabilities: z
    .strictObject({
      add: texts('Capabilities added to the default ones.').optional(),
      drop: texts('Capabilities taken from the default ones.').optional(),
    })
    .optional()
    .describe('Kernel capabilities, by their names without CAP_, or ALL.'),
  devices: z.array(Device).optional().describe('Devices of the instance to expose.'),
  initProcessEnabled: z.boolean().optional().describe('Runs an init process that reaps children.'),
  sharedMemorySize: z.int().min(0).optional().describe('Size of /dev/shm in MiB.'),
  tmpfs: z.array(Tmpfs).optional().describe('In-memory file systems.'),
  maxSwap: z.int().min(0).optional().describe('Swap in MiB; 0: none; absent: as the instance has it.'),
  swappiness: z.int().min(0).max(100).optional().describe('Swappiness; only together with maxSwap.'),
})

/** ECS's UlimitName. */
export const ulimitNames = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const

export const Ulimit = z
  .strictObject({
    name: z.enum(ulimitNames).describe('The limit.'),
    softLimit: z.int().describe('Soft limit; -1: none.'),
    hardLimit: z.int().describe('Hard limit; -1: none.'),
  })
  .meta({ validations: ulimitCel })

export const SystemControl = z.strictObject({
  namespace: z.string().min(1).describe('Kernel parameter: net.* or an IPC one.'),
  value: z.string().optional().describe('Its value.'),
})
