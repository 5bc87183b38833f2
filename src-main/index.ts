import { startApplication } from './shell/application'
import { commandIn } from './shell/command-in'
import { runCommand } from './shell/command-line'

const command = commandIn(process.argv)
// Waited for: Electron gets ready, and looks for a display, only once this module has been evaluated.
if (command !== null) await runCommand(command)
// Not waited for, as it waits for Electron.
else void startApplication()
