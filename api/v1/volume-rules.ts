/** What ECS says about volumes and the mount points that use them (ecs-core 3.5). */
import type { FieldProblem } from '../../lib/errors.ts'
import { under } from '../meta/field-path.ts'
import { forbidden, invalid, notFound } from '../meta/problems.ts'
import type { TaskDefinitionSpec } from './task-definition-spec.ts'
import { type Volume, volumeKinds } from './volumes.ts'

/** The members that say what the volume is; an empty `host` says nothing. */
const kindsOf = (volume: Volume): readonly string[] =>
  volumeKinds.filter((kind) => (kind === 'host' ? (volume.host?.sourcePath ?? '') !== '' : volume[kind] !== undefined))

function efsProblems(efs: NonNullable<Volume['efsVolumeConfiguration']>, path: string): FieldProblem[] {
  const { accessPointId, iam } = efs.authorizationConfig ?? {}
  const problems: FieldProblem[] = []
  if ((accessPointId !== undefined || iam === 'ENABLED') && efs.transitEncryption !== 'ENABLED') {
    const why = 'must be ENABLED when authorizationConfig has an access point or IAM'
    problems.push(invalid(under(path, 'transitEncryption'), efs.transitEncryption ?? null, why))
  }
  if (accessPointId !== undefined && efs.rootDirectory !== undefined && efs.rootDirectory !== '/') {
    const why = 'must be left out or `/` when an EFS access point is used'
    problems.push(invalid(under(path, 'rootDirectory'), efs.rootDirectory, why))
  }
  return problems
}

function volumeProblems(volume: Volume, path: string): FieldProblem[] {
  const problems: FieldProblem[] = []
  const kinds = kindsOf(volume)
  if (kinds.length > 1) problems.push(forbidden(path, `a volume is of one kind, not of ${kinds.join(' and ')}`))
  if (volume.configuredAtLaunch === true && kinds.length > 0) {
    problems.push(forbidden(under(path, 'configuredAtLaunch'), `not together with ${kinds.join(' and ')}`))
  }
  const docker = volume.dockerVolumeConfiguration
  if (docker?.autoprovision === true && docker.scope !== 'shared') {
    const at = under(under(path, 'dockerVolumeConfiguration'), 'autoprovision')
    problems.push(invalid(at, true, 'only with scope shared'))
  }
  if (volume.efsVolumeConfiguration !== undefined) {
    problems.push(...efsProblems(volume.efsVolumeConfiguration, under(path, 'efsVolumeConfiguration')))
  }
  return problems
}

/** Problems of the volumes, and of mount points to volumes that are not there; `path` is that of the spec. */
export function volumeRuleProblems(spec: TaskDefinitionSpec, path: string): FieldProblem[] {
  const volumes = spec.volumes ?? []
  const at = under(path, 'volumes')
  const problems = volumes.flatMap((volume, i) => volumeProblems(volume, under(at, i)))
  if (volumes.filter((volume) => volume.configuredAtLaunch === true).length > 1) {
    problems.push(forbidden(at, 'at most one volume may be configuredAtLaunch'))
  }
  const names = new Set(volumes.map((volume) => volume.name))
  for (const [i, container] of spec.containerDefinitions.entries()) {
    for (const [j, { sourceVolume }] of (container.mountPoints ?? []).entries()) {
      if (names.has(sourceVolume)) continue
      const mount = under(under(under(under(path, 'containerDefinitions'), i), 'mountPoints'), j)
      const known = names.size === 0 ? 'there are no volumes' : `the volumes are ${[...names].join(', ')}`
      const why = `Unknown volume '${sourceVolume}'; ${known}`
      problems.push(notFound(under(mount, 'sourceVolume'), sourceVolume, why))
    }
  }
  return problems
}
