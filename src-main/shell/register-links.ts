import { resolve } from 'node:path'
import { LINK_SCHEME } from '@contract'
import { app } from 'electron'

/**
 * Says to the system that `earmark://` links are for this application. Installed, its package says so (the desktop file
 * on Linux, Info.plist on macOS); on Windows it is done here. Run from its source on Windows, the system has to be told
 * the script too. Elsewhere a source tree can't be a handler of links, and asking takes a process that is waited for.
 */
export function registerLinks(): void {
  if (process.platform !== 'win32') {
    if (app.isPackaged && process.platform === 'darwin') app.setAsDefaultProtocolClient(LINK_SCHEME)
    return
  }
  const script = process.argv[1]
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME)
  else if (script !== undefined)
    app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, [resolve(script)])
}
