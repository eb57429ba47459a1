/** Managed EBS volumes that a service or a task configures at launch (ecs-core B.1). */
import { z } from 'zod'
import { EcsName, Tags } from './names.ts'

/** ECS's PropagateTags. */
export const propagateTags = ['TASK_DEFINITION', 'SERVICE', 'NONE'] as const

const ebs = {
  encrypted: z.boolean().optional().describe('Whether it is encrypted.'),
  kmsKeyId: z.string().optional().describe('Key.'),
  volumeType: z.string().optional().describe('gp3 (default), gp2, io1, io2, sc1, st1, standard.'),
  sizeInGiB: z.int().min(1).optional().describe('Size.'),
  snapshotId: z.string().optional().describe('Snapshot to start from.'),
  volumeInitializationRate: z.int().optional().describe('MiB/s of loading the snapshot.'),
  iops: z.int().optional().describe('I/O operations per second.'),
  throughput: z.int().optional().describe('MiB/s.'),
  tagSpecifications: z
    .array(
      z.strictObject({
        resourceType: z.enum(['volume']).describe('volume.'),
        tags: Tags.optional().describe('Tags.'),
        propagateTags: z.enum(propagateTags).optional().describe('Where further tags come from.'),
      }),
    )
    .optional()
    .describe('Tags of the volume.'),
  roleArn: z.string().min(1).describe('Role to manage the volume with.'),
  filesystemType: z.enum(['ext3', 'ext4', 'xfs', 'ntfs']).optional().describe('File system; default xfs.'),
}

export const ServiceVolumeConfiguration = z.strictObject({
  name: EcsName.describe('The volume that is configuredAtLaunch.'),
  managedEBSVolume: z.strictObject(ebs).optional().describe('An EBS volume for each task.'),
})

export const TaskVolumeConfiguration = z.strictObject({
  name: EcsName.describe('The volume that is configuredAtLaunch.'),
  managedEBSVolume: z
    .strictObject({
      ...ebs,
      terminationPolicy: z
        .strictObject({ deleteOnTermination: z.boolean().describe('Whether it goes with the task.') })
        .optional()
        .describe('What becomes of it.'),
    })
    .optional()
    .describe('An EBS volume.'),
})
