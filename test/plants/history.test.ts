/** Bugs of what is kept and what is let go: revisions, digests, the past. */
import { findsPlants } from './finds-plants.ts'

findsPlants([
  { plant: 'unpinned-tasks', breaks: ['a new task is told what its revision is settled on'] },
  { plant: 'hasty-garbage', breaks: ['of what is over, what is still needed stays'] },
  { plant: 'careless-release', breaks: ['a revision that is in use does not go'] },
  {
    plant: 'recounted-revisions',
    breaks: [
      'a revision number is given once',
      // who does not know the latest number does not see which revisions are old
      'a family keeps no more revisions than it says, and what something refers to',
    ],
  },
  {
    plant: 'no-history',
    breaks: ['of a family only old revisions go by themselves, and none that anything refers to'],
  },
  {
    plant: 'long-history',
    breaks: ['a family keeps no more revisions than it says, and what something refers to'],
  },
])
