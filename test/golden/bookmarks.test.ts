import { slowGoldenCase } from './suite.ts'

slowGoldenCase()
