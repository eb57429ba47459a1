import { describe, expect, it } from 'vitest'
import { aContainer } from '../../test/builders/kinds.ts'
import { isConsistent, resolvedImages, runsOtherImage, withDigest } from './container-images.ts'

const [one, two] = ['sha256:11', 'sha256:22'] as const
const task = (name: string, imageDigest?: string, container = 'app') => ({
  metadata: { name },
  status: { containers: [{ name: container, imageDigest }] },
})
const settled = (imageDigest: string) => [{ containerName: 'app', image: 'app:1', imageDigest }]

describe('what the tags of a revision stand for (ecs-core 5.12)', () => {
  it.each([
    { when: 'no task has told', tasks: [{ metadata: { name: 'a' } }, task('b')], want: [] },
    { when: 'the first task tells', tasks: [task('a', one)], want: settled(one) },
    { when: 'it is settled: it stays', known: settled(two), tasks: [task('a', one)], want: settled(two) },
    { when: 'most count', tasks: [task('a', one), task('b', two), task('c', two)], want: settled(two) },
    { when: 'of equally many the first', tasks: [task('b', two), task('a', one)], want: settled(one) },
    {
      when: 'versionConsistency disabled',
      over: { versionConsistency: 'disabled' },
      tasks: [task('a', one)],
      want: [],
    },
    { when: 'the image is a digest already', over: { image: `app@${one}` }, tasks: [task('a', one)], want: [] },
    { when: 'another container', tasks: [task('a', one, 'gone')], want: [] },
  ] as const)('$when', ({ tasks, want, ...given }) => {
    const container = aContainer('over' in given ? given.over : {})
    const known = 'known' in given ? given.known : undefined
    expect(resolvedImages(known, [container], tasks)).toEqual(want)
  })

  it('is on unless it is disabled', () => {
    expect(
      [undefined, 'enabled', 'disabled'].map((versionConsistency) =>
        isConsistent(aContainer({ versionConsistency } as object)),
      ),
    ).toEqual([true, true, false])
  })
})

it.each([
  { runs: one, settled: settled(one), want: false },
  { runs: two, settled: settled(one), want: true },
  { runs: undefined, settled: settled(one), want: false },
  { runs: two, settled: undefined, want: false },
])('a task that runs $runs where $settled is settled', ({ runs, settled: images, want }) => {
  expect(runsOtherImage(task('a', runs), images)).toBe(want)
})

it.each([
  { image: 'app', want: 'app@sha256:1' },
  { image: 'app:1', want: 'app@sha256:1' },
  { image: '127.0.0.1:5000/team/app', want: '127.0.0.1:5000/team/app@sha256:1' },
  { image: '127.0.0.1:5000/team/app:v1.2', want: '127.0.0.1:5000/team/app@sha256:1' },
  { image: 'app@sha256:2', want: 'app@sha256:1' },
])('$image by its digest', ({ image, want }) => expect(withDigest(image, 'sha256:1')).toBe(want))
