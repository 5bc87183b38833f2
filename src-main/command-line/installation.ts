import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** The folder that Earmark is installed in: two above `out/main/`, where this is built to. */
export const installationFolder = (): string => {
  const here = import.meta.dirname
  // Vite may put this into out/main/ or into out/main/chunks/.
  return here.endsWith('chunks') ? join(here, '..', '..', '..') : join(here, '..', '..')
}

/** Earmark's version, from its package.json. */
export const appVersion = (): string =>
  z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(installationFolder(), 'package.json'), 'utf8'))).version
