import { c0, type Fields, one, refused, volumes } from '../../test/builders/task-definition-cases.ts'

const efs = (over: Fields): Fields => volumes({ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1', ...over } })

refused('volumes', [
  {
    when: 'a mount point of no volume',
    spec: one({ mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] }, volumes({ name: 'w' })),
    path: `${c0}.mountPoints[0].sourceVolume`,
    says: "Unknown volume 'v'; the volumes are w",
  },
  {
    when: 'two volumes of a name',
    spec: one({}, volumes({ name: 'v' }, { name: 'v' })),
    path: 'spec.volumes[1]',
    says: 'Duplicate value: {"name":"v"}',
  },
  {
    when: 'two kinds',
    spec: one({}, volumes({ name: 'v', host: { sourcePath: '/v' }, dockerVolumeConfiguration: {} })),
    path: 'spec.volumes[0]',
    says: 'not of host and dockerVolumeConfiguration',
  },
  {
    when: 'autoprovision for a task',
    spec: one({}, volumes({ name: 'v', dockerVolumeConfiguration: { autoprovision: true } })),
    path: 'spec.volumes[0].dockerVolumeConfiguration.autoprovision',
    says: 'only with scope shared',
  },
  {
    when: 'an access point unencrypted',
    spec: one({}, efs({ authorizationConfig: { accessPointId: 'a' } })),
    path: 'spec.volumes[0].efsVolumeConfiguration.transitEncryption',
    says: 'must be ENABLED',
  },
  {
    when: 'an access point with a directory',
    spec: one(
      {},
      efs({ authorizationConfig: { accessPointId: 'a' }, transitEncryption: 'ENABLED', rootDirectory: '/x' }),
    ),
    path: 'spec.volumes[0].efsVolumeConfiguration.rootDirectory',
    says: 'access point',
  },
  {
    when: 'two volumes at launch',
    spec: one({}, volumes({ name: 'v', configuredAtLaunch: true }, { name: 'w', configuredAtLaunch: true })),
    path: 'spec.volumes',
    says: 'at most one',
  },
  {
    when: 'a volume at launch that is set',
    spec: one({}, volumes({ name: 'v', configuredAtLaunch: true, host: { sourcePath: '/v' } })),
    path: 'spec.volumes[0].configuredAtLaunch',
    says: 'not together with host',
  },
])
