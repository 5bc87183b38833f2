import type { Command } from 'commander'
import { openKeychain } from '../../connections/secrets'
import { examine } from '../../db/doctor'
import { EXIT } from '../output'
import type { InspectWorkspace } from '../session'

export function addDoctor(program: Command, inspect: InspectWorkspace): void {
  program
    .command('doctor')
    .description('check versions, paths, databases, keychain and disk, and say what to do about each problem')
    .action(() =>
      inspect(async (context, output) => {
        const findings = await examine(context.paths, openKeychain(), context.appVersion)
        const ok = findings.every((finding) => finding.ok)
        output.result(
          { type: 'doctor', ok, checks: findings },
          findings
            .map(
              ({ ok, name, detail, whatToDo }) =>
                `${ok ? 'ok ' : 'BAD'}  ${name}: ${detail}${whatToDo === null ? '' : `\n     → ${whatToDo}`}`,
            )
            .join('\n'),
        )
        return ok ? EXIT.done : EXIT.failed
      }),
    )
}
