import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const root = import.meta.dirname
const alias = {
  '@contract': resolve(root, 'src-main/contract'),
  '@renderer': resolve(root, 'src-renderer'),
}

/**
 * Three targets, one folder `out/`: main (window, command line and workers, run by Node), preload
 * (CommonJS, because a sandboxed preload can't be a module) and renderer (a browser page).
 */
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      outDir: resolve(root, 'out/main'),
      sourcemap: true,
      minify: false,
      // zod: its many small files would be read by each thread anew, 60 ms of the start of each. libphonenumber-js: 0.5 MB of its
      // 4 are used. card-validator: inside app.asar the names that its CommonJS exports are not found.
      externalizeDeps: { exclude: ['zod', 'libphonenumber-js', 'card-validator'] },
      rolldownOptions: {
        input: {
          index: resolve(root, 'src-main/index.ts'),
          cli: resolve(root, 'src-main/cli.ts'),
          'worker-reviews': resolve(root, 'src-main/backend/worker-reviews.ts'),
          'worker-calls': resolve(root, 'src-main/backend/worker-calls.ts'),
          'worker-search': resolve(root, 'src-main/backend/worker-search.ts'),
          'worker-audio': resolve(root, 'src-main/backend/worker-audio.ts'),
          'worker-timing': resolve(root, 'src-main/backend/worker-timing.ts'),
          'worker-protection': resolve(root, 'src-main/backend/worker-protection.ts'),
          'worker-repair': resolve(root, 'src-main/backend/worker-repair.ts'),
          'worker-exports': resolve(root, 'src-main/backend/worker-exports.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: resolve(root, 'out/preload'),
      rolldownOptions: {
        input: {
          index: resolve(root, 'src-main/shell/preload.ts'),
          'decoder-preload': resolve(root, 'src-main/shell/decoder-preload.ts'),
        },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src-renderer'),
    base: './',
    resolve: { alias },
    plugins: [react()],
    build: {
      outDir: resolve(root, 'out/renderer'),
      sourcemap: true,
      minify: true,
      // The CSP allows no inline data: every asset is a file.
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: {
          index: resolve(root, 'src-renderer/index.html'),
          // Hidden; decodes what only Chromium can.
          decoder: resolve(root, 'src-renderer/decoder.html'),
        },
      },
    },
  },
})
