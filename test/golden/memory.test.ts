import { goldenSuite } from './suite.ts'

goldenSuite('memory')
