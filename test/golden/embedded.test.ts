import { goldenSuite } from './suite.ts'

goldenSuite('embedded')
