/** Volumes of a task definition, of each kind, and how containers mount them (ecs-core 3.5). */
import { z } from 'zod'
import { dockerVolumeCel, efsVolumeCel, volumeCel } from './container-cel.ts'
import { limits } from './limits.ts'
import { EcsName } from './names.ts'

const Host = z.strictObject({
  sourcePath: z.string().optional().describe('Path on the instance to mount; without one, a scratch volume.'),
})

const DockerVolume = z
  .strictObject({
    scope: z
      .enum(['task', 'shared'])
      .optional()
      .describe('task (default): lives and goes with the task; shared: stays on the instance.'),
    autoprovision: z.boolean().optional().describe('Create it when missing; with scope shared only.'),
    driver: z.string().optional().describe("Docker's volume driver."),
    driverOpts: z.record(z.string(), z.string()).optional().describe('Options of the driver.'),
    labels: z.record(z.string(), z.string()).optional().describe('Labels of the Docker volume.'),
  })
  .meta({ validations: dockerVolumeCel })

const EfsVolume = z
  .strictObject({
    fileSystemId: z.string().min(1).describe('EFS file system.'),
    rootDirectory: z.string().optional().describe('Directory to mount; with an access point only `/`.'),
    transitEncryption: z.enum(['ENABLED', 'DISABLED']).optional().describe('Encryption between instance and EFS.'),
    transitEncryptionPort: z.int().min(0).max(65535).optional().describe('Port for encrypted traffic.'),
    authorizationConfig: z
      .strictObject({
        accessPointId: z.string().optional().describe('EFS access point.'),
        iam: z.enum(['ENABLED', 'DISABLED']).optional().describe("Whether to use the task's role."),
      })
      .optional()
      .describe('How to authorize; needs transitEncryption ENABLED.'),
  })
  .meta({ validations: efsVolumeCel })

const S3FilesVolume = z.strictObject({
  fileSystemArn: z.string().min(1).describe('S3 Files file system.'),
  rootDirectory: z.string().optional().describe('Directory to mount.'),
  transitEncryptionPort: z.int().min(0).max(65535).optional().describe('Port for encrypted traffic.'),
  accessPointArn: z.string().optional().describe('Access point.'),
})

const FsxVolume = z.strictObject({
  fileSystemId: z.string().min(1).describe('FSx for Windows File Server file system.'),
  rootDirectory: z.string().min(1).describe('Directory to mount.'),
  authorizationConfig: z
    .strictObject({
      credentialsParameter: z.string().min(1).describe('ARN of the secret with the credentials.'),
      domain: z.string().min(1).describe('Active Directory domain.'),
    })
    .describe('How to authorize.'),
})

/** The members of which a volume has at most one. */
export const volumeKinds = [
  'host',
  'dockerVolumeConfiguration',
  'efsVolumeConfiguration',
  's3filesVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
] as const

export const Volume = z
  .strictObject({
    name: EcsName.describe('Name that mount points refer to.'),
    host: Host.optional().describe('A path of the instance, or a scratch volume.'),
    dockerVolumeConfiguration: DockerVolume.optional().describe('A volume of the Docker engine.'),
    efsVolumeConfiguration: EfsVolume.optional().describe('An EFS file system.'),
    s3filesVolumeConfiguration: S3FilesVolume.optional().describe('An S3 Files file system.'),
    fsxWindowsFileServerVolumeConfiguration: FsxVolume.optional().describe('A Windows file share.'),
    configuredAtLaunch: z.boolean().optional().describe('Whether the service or task says at launch what it is.'),
  })
  .meta({ validations: volumeCel })
export type Volume = z.output<typeof Volume>

/** Volumes by name. */
export const Volumes = z
  .array(Volume)
  .max(limits.volumes)
  .meta({ listType: 'map', listMapKeys: ['name'] })

export const MountPoint = z.strictObject({
  sourceVolume: z.string().min(1).describe('Name of a volume of the task definition.'),
  containerPath: z.string().min(1).describe('Path in the container.'),
  readOnly: z.boolean().optional().describe('Whether the container may not write; default false.'),
})
export type MountPoint = z.output<typeof MountPoint>

export const VolumeFrom = z.strictObject({
  sourceContainer: z.string().min(1).describe('Another container of the task, whose volumes to mount.'),
  readOnly: z.boolean().optional().describe('Whether this container may not write; default false.'),
})
