/** Bugs of services and placement: how many tasks there are, where, and which one goes. */
import { findsPlants } from './finds-plants.ts'

findsPlants([
  {
    plant: 'unguarded-create',
    breaks: [
      'not-stopped tasks never exceed the maximum when one is created',
      'no two live tasks in one slot',
      'each time is run once, and runs overlap only where they may',
    ],
  },
  { plant: 'blind-to-protection', breaks: ['a protected task is not stopped by the system'] },
  { plant: 'replaced-after-loss', breaks: ['a strict service never has more live containers than it wants'] },
  {
    plant: 'wrong-zone',
    breaks: [
      'a task goes to another zone only for a service at rest, and to even it out',
      'everything is as asked within 15 minutes',
    ],
  },
  { plant: 'eager-restarts', breaks: ['only what its policy says is started again'] },
  { plant: 'gregarious-daemons', breaks: ['a daemon has at most one task on an instance'] },
  { plant: 'hasty-daemons', breaks: ["a daemon's task leaves a draining instance after the others"] },
])
