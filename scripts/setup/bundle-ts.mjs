/**
 * `bundle-ts.mjs FILE BUNDLE` makes one file that Node can run out of a TypeScript program. Run by Node 24.
 * Dependencies stay outside: the bundle lies below node_modules and finds them there.
 */
import { basename, dirname } from 'node:path'
import { build } from 'vite'
import { ROOT } from './places.mjs'

const [entry, bundle] = process.argv.slice(2)

await build({
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  resolve: { tsconfigPaths: true },
  build: {
    ssr: entry,
    outDir: dirname(bundle),
    emptyOutDir: true,
    target: 'node24',
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      output: { format: 'es', entryFileNames: basename(bundle), chunkFileNames: '[name]-[hash].mjs' },
    },
  },
})
