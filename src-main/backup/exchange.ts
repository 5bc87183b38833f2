import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { EarmarkError } from '@contract/errors'
import { z } from 'zod'

/** Names of folders, all beside the workspace. */
const Plan = z.object({ aside: z.string(), folder: z.string() })

const planFile = (root: string): string => `${root}.exchange.json`

/**
 * Gives a workspace's place to the folder that was made for it, and the workspace a dated name: nothing is overwritten.
 * Nobody may have the workspace open (`requireUnused`). Killed between the two renamings, `finishExchange` does the rest.
 *
 * @param root the workspace's place
 * @param folder beside it, whole and checked
 * @returns what the workspace that was there is called now; null where there was none
 * Raises `workspace_unusable`.
 */
export function exchangeWorkspace(root: string, folder: string, nowMs: number): string | null {
  const target = resolve(root)
  if (!existsSync(target)) {
    renameSync(folder, target)
    return null
  }
  const aside = freeName(`${target} set aside ${dateOf(nowMs)}`)
  const plan = { aside: basename(aside), folder: basename(folder) } satisfies z.infer<typeof Plan>
  try {
    writeFileSync(planFile(target), JSON.stringify(plan), { mode: 0o600, flush: true })
    renameSync(target, aside)
    renameSync(folder, target)
    return aside
  } catch (error) {
    if (!existsSync(target) && existsSync(aside)) renameSync(aside, target)
    throw new EarmarkError(
      'workspace_unusable',
      `${target} can't be set aside (${error instanceof Error ? error.message : String(error)}). It is as it was. Close what has files of it open, and try again.`,
      { root: target },
      { cause: error },
    )
  } finally {
    rmSync(planFile(target), { force: true })
  }
}

/** What was broken off between two renamings is done; to be called before a workspace is opened. */
export function finishExchange(root: string): void {
  const target = resolve(root)
  const file = planFile(target)
  if (!existsSync(file)) return
  if (!existsSync(target)) {
    const plan = planIn(file)
    const beside = (name: string) => join(dirname(target), basename(name))
    if (plan && existsSync(beside(plan.folder))) renameSync(beside(plan.folder), target)
    else if (plan && existsSync(beside(plan.aside))) renameSync(beside(plan.aside), target)
  }
  rmSync(file, { force: true })
}

function planIn(file: string): z.infer<typeof Plan> | null {
  try {
    return Plan.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Killed while it was written: nothing had been renamed then.
    return null
  }
}

/** "2026-11-21 18.50", in the time of this computer: for people who look for it in their file manager. */
function dateOf(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString()
  return `${at.slice(0, 10)} ${at.slice(11, 16).replace(':', '.')}`
}

/** The name, with a number where it is taken. */
export function freeName(path: string): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? path : `${path} (${n})`
    if (!existsSync(name)) return name
  }
}
