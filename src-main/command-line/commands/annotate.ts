import { randomUUID } from 'node:crypto'
import { AnnotationDraft, type AnnotationPlace, Severity } from '@contract'
import type { Command } from 'commander'
import { seconds, wholeNumber } from '../numbers'
import { EXIT, usage } from '../output'
import type { RunCommand } from '../session'

interface Options {
  label: string
  turn?: number
  start?: number
  end?: number
  severity?: string
  comment?: string
  reviewer: string
}

export function addAnnotate(program: Command, run: RunCommand): void {
  program
    .command('annotate')
    .argument('<call>', 'an id that "search" printed, or the vendor’s own')
    .description('write an annotation on a call, a turn, or a stretch of time')
    .requiredOption('--label <text>', 'what it is: any text')
    .option('--turn <n>', 'the turn it is on, from 0', wholeNumber(0, 10_000_000))
    .option('--start <s>', 'where a stretch of time begins, in seconds', seconds)
    .option('--end <s>', 'where it ends, in seconds', seconds)
    .option('--severity <s>', 'minor, major or critical')
    .option('--comment <text>', 'in your words', '')
    .requiredOption('--reviewer <name>', 'who writes it')
    .action((text: string, options: Options) =>
      run(async ({ ask, findCall, output }) => {
        const severity = Severity.nullable().safeParse(options.severity ?? null)
        if (!severity.success)
          throw usage(`--severity is minor, major or critical, not "${options.severity}".`)
        const place = placeOf(options)
        const draft = AnnotationDraft.safeParse({
          id: randomUUID(),
          callId: findCall(text),
          place,
          label: options.label,
          severity: severity.data,
          comment: options.comment ?? '',
          reviewer: options.reviewer,
        })
        if (!draft.success) throw usage(complaintAbout(draft.error.issues[0]?.path.at(-1)))
        const annotation = await ask('annotations', 'create', draft.data)
        output.result({ type: 'annotated', ...annotation }, `Saved: annotation ${annotation.id}`)
        return EXIT.done
      }),
    )
}

/** What is wrong with an option, by the draft's field. */
function complaintAbout(field: PropertyKey | undefined): string {
  switch (field) {
    case 'label':
      return '--label is a text of 1 to 200 characters.'
    case 'reviewer':
      return '--reviewer is a name of 1 to 200 characters.'
    case 'comment':
      return '--comment has at most 20,000 characters.'
    default:
      return '--start and --end are seconds from the beginning of the call, at most 1,000,000.'
  }
}

function placeOf({ turn, start, end }: Options): AnnotationPlace {
  if (start === undefined && end === undefined)
    return turn === undefined ? { kind: 'call' } : { kind: 'turn', turnIndex: turn }
  if (turn !== undefined) throw usage('Give either --turn, or --start and --end.')
  if (start === undefined || end === undefined) throw usage('--start and --end go together.')
  if (end <= start) throw usage('--end must come after --start.')
  return { kind: 'time', startSec: start, endSec: end }
}
