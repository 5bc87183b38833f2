import { z } from 'zod'
import { CallId, call, Done, Nothing } from './common'
import { Link } from './links'

export const WorkspaceInfo = z.object({
  path: z.string(),
  version: z.string(),
  electronVersion: z.string(),
  /** `fallback`: an Electron that is not the official one; loopback connections only. */
  runtime: z.enum(['official', 'fallback']),
  platform: z.enum(['linux', 'mac', 'windows']),
  callCount: z.number().int(),
  recordingCount: z.number().int(),
  connectionCount: z.number().int(),
  annotationCount: z.number().int(),
  /** The name of the person logged in at this computer: the first suggestion for a reviewer's name. */
  userName: z.string(),
})
export type WorkspaceInfo = z.infer<typeof WorkspaceInfo>

export const ImportDone = z.object({
  files: z.number().int(),
  added: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  quarantined: z.number().int(),
  recordings: z.number().int(),
  /** The newest call that was read, to open next. */
  firstCallId: CallId.nullable(),
})
export type ImportDone = z.infer<typeof ImportDone>

export const workspace = {
  info: call(Nothing, WorkspaceInfo),
  /** Imports the sample calls that come with Earmark. */
  openSample: call(Nothing, ImportDone),
  /** Asks for vendor JSON files and imports them; null when the dialog was closed. */
  importFiles: call(Nothing, ImportDone.nullable()),
  cancelImport: call(Nothing, Done),
  /** The link that Earmark was started with, once; later ones come as events. `link: null`: it leads nowhere. */
  takeLink: call(Nothing, z.object({ link: Link.nullable() }).nullable()),
  /** Opens the workspace's folder in the system's file manager. */
  reveal: call(Nothing, Done),
}
