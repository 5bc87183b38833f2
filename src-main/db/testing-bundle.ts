import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'

/**
 * Makes a program that `node` can run out of a TypeScript file, for tests that need a process of their own.
 * `remove` deletes it.
 */
export async function bundleForNode(entry: string): Promise<{ file: string; remove: () => void }> {
  const project = resolve(import.meta.dirname, '../..')
  // Inside the project, where the program finds its native modules.
  const folder = mkdtempSync(join(project, 'node_modules', '.earmark-test-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@contract': join(project, 'src-main/contract') } },
    build: {
      ssr: entry,
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  })
  return { file: join(folder, 'program.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
