import { EarmarkError } from '@contract'
import type { Command } from 'commander'
import { usage } from '../output'
import type { RunCommand, RunWithoutWorkspace } from '../session'
import { alignAll, alignCall } from './align-calls'
import { alignFiles } from './align-files'

export function addAlign(program: Command, run: RunCommand, runAlone: RunWithoutWorkspace): void {
  program
    .command('align')
    .argument(
      '[call]',
      'an id that "search" printed, or the vendor’s own; or a recording: MP3, WAV, Ogg, FLAC',
    )
    .argument(
      '[transcript]',
      'of the recording: {"turns":[{"speaker":"agent"|"user","text":"…"}]} as JSON; "startSec" where a time is known',
    )
    .option('--all', 'every call whose recording is here and whose turns are not timed yet')
    .description(
      'find out when each turn of a call was said, from the sound of its recording; or, of a file and its transcript',
    )
    .action((first: string | undefined, transcript: string | undefined, options: { all?: boolean }) => {
      if (first !== undefined && transcript !== undefined && !options.all)
        return runAlone((given) => alignFiles(first, transcript, given))
      return run(async (session) => {
        if (options.all) {
          if (first !== undefined) throw usage('Give a call, or --all, and not both.')
          return alignAll(session)
        }
        if (first === undefined)
          throw usage(
            'Which call? Give an id that "search" printed, or --all, or a recording and its transcript.',
          )
        return alignCall(session, first).catch((error: unknown) => {
          throw error instanceof EarmarkError && error.code === 'not_found' && /\.\w{2,5}$/.test(first)
            ? usage(
                `There is no call "${first}". To align a file, give its transcript too: align ${first} TRANSCRIPT.json`,
              )
            : error
        })
      })
    })
}
