import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    alias: {
      '@contract': resolve(import.meta.dirname, 'src-main/contract'),
      '@renderer': resolve(import.meta.dirname, 'src-renderer'),
    },
  },
  test: {
    include: ['{src-main,src-renderer,e2e,scripts}/**/*.test.{ts,tsx,mjs}'],
    exclude: ['**/node_modules/**'],
    restoreMocks: true,
    // One less than there are would leave half of two processors idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Ends what hangs; how long things take is for benchmarks, and a busy machine is no defect.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
