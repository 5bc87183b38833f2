import type { Command } from 'commander'
import { openKeychain } from '../../connections/secrets'
import {
  protectionOf,
  protectWorkspace,
  resumeChange,
  unprotectWorkspace,
} from '../../protection/change-over'
import type { ConversionProgress } from '../../protection/convert'
import { newMasterKey } from '../../protection/keys'
import { phraseOf } from '../../protection/phrase'
import { unlockWorkspace } from '../../protection/unlock'
import { EXIT, type Output } from '../output'
import { phraseFromStdin } from '../secrets-input'
import type { RunWithoutWorkspace } from '../session'

/** `protect`, `unprotect` and `unlock`: what the workspace is encrypted with, not what is in it. */
export function addProtection(program: Command, runAlone: RunWithoutWorkspace): void {
  program
    .command('protect')
    .description('encrypt the workspace; its key goes to the keychain, its recovery phrase is printed once')
    .action(() =>
      runAlone(async ({ output, signal, root }) => {
        const following = { signal, onProgress: tellProgress(output) }
        const before = protectionOf(root())
        if (before === 'protected') {
          output.result({ type: 'protection', state: 'protected' }, 'The workspace is protected already.')
          return EXIT.done
        }
        if (before === 'changing') await resumeChange(root(), 'protected', openKeychain(), following)
        else {
          const master = newMasterKey()
          const phrase = phraseOf(master)
          output.result(
            { type: 'recoveryPhrase', phrase },
            `The recovery phrase of this workspace. Write it on paper now; it is never shown again:\n\n${numbered(phrase)}\n\nWhoever has it can open the workspace. Without it and without this computer's keychain, nobody can.\n`,
          )
          await protectWorkspace(root(), master, openKeychain(), following)
        }
        output.result(
          { type: 'protection', state: 'protected' },
          'The workspace is protected: databases, backups, recordings and waveforms are encrypted. Exports stay readable for everybody.',
        )
        return EXIT.done
      }),
    )
  program
    .command('unprotect')
    .description('decrypt the workspace; backups that were made meanwhile stay protected')
    .action(() =>
      runAlone(async ({ output, signal, root }) => {
        if (protectionOf(root()) === 'plain') {
          output.result({ type: 'protection', state: 'plain' }, 'The workspace is not protected.')
          return EXIT.done
        }
        await unprotectWorkspace(root(), openKeychain(), { signal, onProgress: tellProgress(output) })
        output.result({ type: 'protection', state: 'plain' }, 'The workspace is not protected any more.')
        return EXIT.done
      }),
    )
  program
    .command('unlock')
    .description('give a protected workspace its key back: the recovery phrase is read from standard input')
    .action(() =>
      runAlone(async ({ output, signal, root }) => {
        const folder = root()
        await unlockWorkspace(folder, await phraseFromStdin(process.stdin, signal), openKeychain())
        output.result(
          { type: 'protection', state: 'unlocked' },
          'The workspace is unlocked: its key is in the keychain.',
        )
        return EXIT.done
      }),
    )
}

const tellProgress =
  (output: Output) =>
  ({ done, total }: ConversionProgress) =>
    output.progress(
      { type: 'protection.progress', done, total },
      `${(done / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`,
    )

/** Six lines of four words, each with its number. */
function numbered(phrase: string): string {
  const words = phrase.split(' ').map((word, i) => `${String(i + 1).padStart(2)} ${word.padEnd(9)}`)
  return Array.from({ length: 6 }, (_, row) => `  ${words.slice(row * 4, row * 4 + 4).join('  ')}`).join('\n')
}
