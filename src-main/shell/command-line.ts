import { app } from 'electron'

/**
 * Runs a command of the installed application, which has no Node beside it and may not be made one (the fuse `runAsNode`):
 * its own executable does it, before any window, with the code of the command line.
 *
 * Electron evaluates the application's module before it looks for a display, so that a command runs without one.
 */
export async function runCommand(args: readonly string[]): Promise<void> {
  const { runCommandLine } = await import('../command-line/run')
  app.exit(await runCommandLine(args))
}
