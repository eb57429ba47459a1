/** Bugs of the machinery: who leads, and what is written when nothing is to be done. */
import { findsPlants } from './finds-plants.ts'

findsPlants([
  { plant: 'stolen-lease', breaks: ['only the holder of the leader lease writes'] },
  { plant: 'restless', breaks: ['a converged world writes nothing but heartbeats'] },
])
