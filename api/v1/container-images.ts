/** The digests that the tags of a service revision stand for: a tag is resolved once, and all tasks run it (ecs-core 5.12). */
import { z } from 'zod'
import type { ContainerDefinition } from './container-definition.ts'
import { saying } from './names.ts'

const ContainerImage = z.strictObject({
  containerName: z.string().max(255).describe('Name in the task definition.'),
  image: z.string().max(512).describe('Image asked for.'),
  imageDigest: z
    .string()
    .max(512)
    .regex(/^[a-z0-9+._-]+:[a-f0-9]+$/, saying('must be a digest: `sha256:...`'))
    .describe('Digest that its tag stands for.'),
})
export type ContainerImage = z.output<typeof ContainerImage>

/** ECS's `containerImages`, as a member of a resource. */
export const ContainerImages = z
  .array(ContainerImage)
  .max(10)
  .meta({ listType: 'map', listMapKeys: ['containerName'] })

/** The image's name without tag and digest. */
export const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

/** The same repository's image of this digest. */
export const withDigest = (image: string, imageDigest: string): string => `${repositoryOf(image)}@${imageDigest}`

/** Whether a service's tasks run the digest that the first of them found, whatever becomes of the tag. */
export const isConsistent = ({ image, versionConsistency }: ContainerDefinition): boolean =>
  versionConsistency !== 'disabled' && !image.includes('@')

/** What a task says of the images that it runs; the part of a Task that is read here. */
interface Reporting {
  readonly metadata: { readonly name: string }
  readonly status?:
    | {
        readonly containers?:
          | readonly { readonly name: string; readonly imageDigest?: string | undefined }[]
          | undefined
      }
    | undefined
}

const reported = ({ status }: Reporting, container: string): string | undefined =>
  status?.containers?.find(({ name }) => name === container)?.imageDigest

/** The digest that most tasks report, so that fewest are replaced; of equally many, that of the first by name. */
function mostReported(tasks: readonly Reporting[], container: string): string | undefined {
  const counts = new Map<string, number>()
  for (const task of [...tasks].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const imageDigest = reported(task, container)
    if (imageDigest !== undefined) counts.set(imageDigest, 1 + (counts.get(imageDigest) ?? 0))
  }
  const most = Math.max(...counts.values())
  return [...counts].find(([, count]) => count === most)?.[0]
}

/** What is `known` stays; what is not yet is what the revision's `tasks` report. Containers of whom nobody says are left out. */
export const resolvedImages = (
  known: readonly ContainerImage[] | undefined,
  containers: readonly ContainerDefinition[],
  tasks: readonly Reporting[],
): readonly ContainerImage[] =>
  containers.filter(isConsistent).flatMap((container) => {
    const { name: containerName, image } = container
    const before = known?.find((one) => one.containerName === containerName)
    if (before !== undefined) return [before]
    const imageDigest = mostReported(tasks, containerName)
    return imageDigest === undefined ? [] : [{ containerName, image, imageDigest }]
  })

/** Whether the task says of itself that it runs other bytes: it was started before the digest was known. */
export const runsOtherImage = (task: Reporting, images: readonly ContainerImage[] | undefined): boolean =>
  (images ?? []).some(({ containerName, imageDigest }) => {
    const own = reported(task, containerName)
    return own !== undefined && own !== imageDigest
  })
