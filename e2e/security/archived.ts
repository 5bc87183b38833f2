import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The file of a call's recording in a workspace. */
export function archivedFile(workspace: string, callId: string): string {
  const folder = join(workspace, 'recordings', callId.slice(0, 2))
  const name = readdirSync(folder).find((one) => one.startsWith(`${callId}.`))
  if (name === undefined) throw new Error(`There is no recording of ${callId} in ${folder}.`)
  return join(folder, name)
}
