/** Bugs of what runs a task once: lifecycle hooks and scheduled tasks. */
import { findsPlants } from './finds-plants.ts'

findsPlants([
  { plant: 'unguarded-hooks', breaks: ['a hook runs no task twice, and not beside that of another deployment'] },
  { plant: 'endless-hooks', breaks: ['everything is as asked within 15 minutes'] },
  { plant: 'forgotten-runs', breaks: ['what is due is claimed, and what began ends'] },
])
