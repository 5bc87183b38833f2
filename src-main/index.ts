import { commandIn } from './shell/command-in'

// What this module waits for, Electron waits for before it gets ready: schemes are registered in time.
const command = commandIn(process.argv)
if (command === null) {
  const { startApplication } = await import('./shell/application')
  // Not awaited: it waits for Electron, which waits for this module.
  void startApplication()
} else {
  const { runCommand } = await import('./shell/command-line')
  await runCommand(command)
}
