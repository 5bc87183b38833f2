import { Command, CommanderError } from 'commander'
import { addAlign } from './commands/align'
import { addAnnotate } from './commands/annotate'
import { addBackup, addRestore } from './commands/backup'
import { addCampaigns } from './commands/campaigns'
import { addConnect } from './commands/connect'
import { addDoctor } from './commands/doctor'
import { addExport } from './commands/export'
import { addImport } from './commands/import'
import { addProtection } from './commands/protect'
import { addPurge } from './commands/purge'
import { addQuarantine } from './commands/quarantine'
import { addRecordings } from './commands/recordings'
import { addReindex } from './commands/reindex'
import { addReport } from './commands/report'
import { addSearch } from './commands/search'
import { addShow } from './commands/show'
import { addSync } from './commands/sync'
import { appVersion } from './installation'
import { EXIT } from './output'
import { commandRunner } from './session'

const INTRODUCTION = `Earmark on the command line: the same workspace as the window, without the window.

A CALL is an id that "search" printed, or the vendor's own id.
Exit codes: 0 done, 1 failed, 2 the command was given wrongly, 3 done, but records were quarantined in this run.
With --json, stdout holds one JSON object a line and nothing else; messages go to stderr.
The options of a command: earmark COMMAND --help.`

const EXAMPLES = `
Examples:
  earmark import answers.json
  earmark connect prosper --name Renewals --url https://voice.getprosperapp.com --campaign abc123 --test < secrets.json
  earmark sync Renewals
  earmark search '"buy a house" sentiment:negative' --limit 20
  earmark annotate dfk3m2q7xv5ahz4c --turn 4 --label "Missed intent" --severity major --reviewer "M. Ortiz"
  earmark export annotations --out annotations.csv --bom

Environment:
  EARMARK_WORKSPACE     the workspace folder, where --workspace is not given
  EARMARK_API_KEY       with --secrets-from-env: the vendor's key, used for this run and stored nowhere
  EARMARK_ACCESS_TOKEN  with --secrets-from-env: Malakai's second secret`

/** Runs one command line (without `node` and the script) and gives the exit code. Never rejects. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done
  process.stdout.on('error', ignoreClosedPipe)
  const program = new Command('earmark')
    .description(INTRODUCTION)
    .version(appVersion())
    .option('--workspace <dir>', 'the workspace folder (default: the same as the window’s)')
    .option('--json', 'one JSON object a line on stdout')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for what can be given)')
    .exitOverride()
  const { run, inspect, runAlone, runInNew } = commandRunner(program, (code) => {
    exitCode = code
  })
  for (const add of [
    addConnect,
    addCampaigns,
    addSync,
    addImport,
    addQuarantine,
    addSearch,
    addShow,
    addAnnotate,
    addExport,
    addRecordings,
    addPurge,
    addReindex,
    addBackup,
  ])
    add(program, run)
  addRestore(program, runInNew)
  addDoctor(program, inspect)
  addReport(program, inspect)
  addAlign(program, run, runAlone)
  addProtection(program, runAlone)
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride()
    // The global options are understood on either side of the command's name.
    command
      .option('--workspace <dir>', 'the workspace folder')
      .option('--json', 'one JSON object a line on stdout')
    command.hook('preAction', (_, action) => {
      const { workspace, json } = action.opts<{ workspace?: string; json?: boolean }>()
      if (workspace !== undefined) program.setOptionValue('workspace', workspace)
      if (json) program.setOptionValue('json', true)
    })
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    // Commander has said what is wrong; --help and --version are no failures.
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
  return exitCode
}

/** Whoever reads (`head`, say) has seen enough: the command's work goes on to its end all the same. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
