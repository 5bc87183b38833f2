import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, posix, resolve, win32 } from 'node:path'

/**
 * The folder of everything that Earmark keeps for this person, by the platform's custom (XDG base
 * directories; ~/Library/Application Support; %LOCALAPPDATA%). The window and the command line share it.
 */
export function dataRoot(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const { join } = platform === 'win32' ? win32 : posix
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'Earmark')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Earmark')
  // The XDG specification: a relative path there is invalid and to be ignored.
  const xdg = env.XDG_DATA_HOME
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.local', 'share'), 'earmark')
}

/** The workspace used when none is named. */
export const defaultWorkspace = (): string => join(dataRoot(), 'workspace')

/**
 * Where the window's browser profile lies: one for each workspace, so that "one window" means one window
 * a workspace, and the workspace's folder holds the reviewer's data and nothing else.
 */
export function profileFolder(workspace: string): string {
  const own = sameForSystem(resolve(workspace))
  if (own === sameForSystem(resolve(defaultWorkspace()))) return join(dataRoot(), 'profile')
  return join(dataRoot(), 'profiles', createHash('sha256').update(own).digest('hex').slice(0, 16))
}

/** A path so that two spellings of one place are equal: Windows and macOS, as they come, know no case. */
export const sameForSystem = (path: string, platform = process.platform): string =>
  platform === 'win32' || platform === 'darwin' ? path.toLowerCase() : path
