import { spawn } from 'node:child_process'
import { app } from 'electron'

/** Starts another Earmark, on a workspace: each has a profile of its own, so that several can be open. */
export function openWorkspace(root: string): void {
  const sandbox = process.argv.includes('--no-sandbox') ? ['--no-sandbox'] : []
  const script = app.isPackaged ? [] : [app.getAppPath()]
  // In an AppImage, the program that runs is inside of what was started.
  const program = process.env.APPIMAGE ?? process.execPath
  spawn(program, [...sandbox, ...script, '--workspace', root], { detached: true, stdio: 'ignore' }).unref()
}
