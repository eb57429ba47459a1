/**
 * Tests beside the code run in parallel; what crosses modules (real engines, real servers) runs one file at a time. Limits are
 * many times what a quiet machine takes: they end what hangs, and judge nothing.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{api,store,controllers,cmd,lib,hack}/**/*.test.ts', 'test/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'kubernetes',
          // what has a ResourceClient from test/builders/test-client.ts has another one here
          include: [
            'controllers/**/*.test.ts',
            'test/{service-controllers,service-breaker,service-requests,service-steps,service-hooks,service-images,service-prefetch,service-zones,service-leaving,gitops,refusals-as-conditions,refusals-by-webhook}.test.ts',
          ],
          env: { GANTRY_TEST_CLIENT: 'kubernetes' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'plants',
          include: ['test/plants/*.test.ts'],
        },
      },
      {
        test: {
          name: 'golden',
          include: ['test/golden/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // they wait for the server's own pauses more than they work
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
