import { kubectlSuite } from './suite.ts'

kubectlSuite('1.32')
