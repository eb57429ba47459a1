/** Bugs of the deployment controller: how a rollout goes, ends and goes back. */
import { findsPlants } from './finds-plants.ts'

findsPlants([
  {
    plant: 'looping-rollback',
    breaks: ['a deployment takes the steps that ECS has, ends once, and stays as it ended'],
  },
  { plant: 'side-by-side', breaks: ['never more than one deployment of a service is in progress'] },
  {
    plant: 'blind-to-failure',
    breaks: [
      'a deployment goes back only to a revision that had completed, and only once',
      // who does not see that it failed goes on with it
      'a failed deployment starts no more tasks',
    ],
  },
  { plant: 'hasty-completion', breaks: ['a deployment completes when what it rolled out is healthy, in full'] },
  {
    plant: 'hasty-steps',
    breaks: ['no step of a deployment takes more than its share, and none ends before its time'],
  },
  {
    plant: 'deaf-to-requests',
    breaks: [
      'what people ask of a rollout is heeded',
      // an answer that is forgotten again
      'a deployment takes the steps that ECS has, ends once, and stays as it ended',
    ],
  },
  { plant: 'vain-timeline', breaks: ['the timeline of a deployment is written when it ends, and is true'] },
  { plant: 'unprefetched', breaks: ['no task that works makes room before the next images are there'] },
])
