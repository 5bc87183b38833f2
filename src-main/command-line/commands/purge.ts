import { resolve } from 'node:path'
import { AnnotationsFate, type PurgePreview, type PurgeRecord, RetentionDays } from '@contract'
import type { Command } from 'commander'
import { EXIT, usage } from '../output'
import type { RunCommand, Session } from '../session'

interface Options {
  olderThan?: string
  preview?: boolean
  yes?: boolean
  exportFirst?: string
  annotations: string
  history?: boolean
  ids?: string
}

const NOTE =
  'Purged calls can’t be brought back. On solid-state disks and copying file systems (APFS, Btrfs, ZFS), overwriting does not reach old copies: there, an encrypted disk protects them.'

/** `earmark purge`: old calls go for good, with all that is known of them. */
export function addPurge(program: Command, run: RunCommand): void {
  program
    .command('purge')
    .description(`remove old calls for good, with their recordings, and keep a record of it. ${NOTE}`)
    .option('--older-than <age>', 'calls that began longer ago than that, such as 90d')
    .option('--preview', 'only say what would go')
    .option('--yes', 'purge; without it, only the preview is shown')
    .option('--export-first <file>', 'write the annotations of these calls to a CSV file first')
    .option('--annotations <fate>', 'keep or remove what was written on them', 'keep')
    .option('--history', 'what was purged before, without content')
    .option('--ids <purge>', 'the ids of what a purge took, by its number')
    .action((options: Options) =>
      run(async (session) => {
        if (options.history === true) return await history(session)
        if (options.ids !== undefined) return await ids(session, options.ids)
        return await purge(session, options)
      }),
    )
}

async function purge(session: Session, options: Options): Promise<number> {
  const { ask, output, onEvent, signal } = session
  if (options.olderThan === undefined) throw usage('Say how old: --older-than 90d.')
  const olderThanDays = daysFrom(options.olderThan)
  const annotations = AnnotationsFate.safeParse(options.annotations)
  if (!annotations.success) throw usage(`--annotations is keep or remove, not "${options.annotations}".`)
  const preview = await ask('retention', 'preview', { olderThanDays })
  if (options.preview === true || options.yes !== true || preview.calls + preview.setAside === 0) {
    output.result({ type: 'preview', ...preview }, previewWords(preview, options.preview === true))
    return options.preview === true || preview.calls + preview.setAside === 0 ? EXIT.done : EXIT.usage
  }
  output.progress({ type: 'preview', ...preview }, previewWords(preview, true))
  onEvent((event) => {
    if (event.type !== 'retention.progress') return
    const { phase, done, connectionName } = event.progress
    const words = {
      waiting: `waiting for "${connectionName}", which is being synced`,
      purging: `${done} of ${preview.calls} calls`,
      wiping: 'wiping traces: index, free pages, logs, copies',
    }
    output.progress({ type: 'progress', ...event.progress }, words[phase])
  })
  let exported: { path: string; rows: number } | null = null
  if (options.exportFirst !== undefined) {
    exported = await ask('exports', 'write', {
      path: resolve(options.exportFirst),
      options: { what: 'annotations', query: null, bom: false, raw: false, redact: false },
      before: preview.before,
    })
    output.progress({ type: 'exported', ...exported }, `${exported.rows} annotations in ${exported.path}`)
  }
  const cancel = () => void ask('retention', 'cancel', {})
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) return EXIT.failed
  const record = await ask('retention', 'run', {
    before: preview.before,
    by: 'command',
    annotations: annotations.data,
    exportedTo: exported?.path ?? null,
    exportedRows: exported?.rows ?? null,
  })
  output.result({ type: 'purged', ...record }, recordWords(record))
  return record.outcome === 'done' ? EXIT.done : EXIT.failed
}

async function history({ ask, output }: Session): Promise<number> {
  const records = await ask('retention', 'history', {})
  for (const record of records) output.result({ type: 'purged', ...record }, recordWords(record))
  if (records.length === 0 && !output.json) output.result({}, 'Nothing was purged yet.')
  return EXIT.done
}

async function ids({ ask, output }: Session, given: string): Promise<number> {
  const purgeId = Number(given)
  if (!Number.isSafeInteger(purgeId)) throw usage(`"${given}" is no number of a purge; see --history.`)
  for (let after = ''; ; ) {
    const page = await ask('retention', 'ids', { purgeId, after, limit: 1000 })
    for (const id of page.ids) output.result({ type: 'id', id }, id)
    after = page.ids.at(-1) ?? ''
    if (page.ids.length < 1000) return EXIT.done
  }
}

function daysFrom(text: string): number {
  const [, number = '', unit = 'd'] = /^(\d+)\s*(d|w|y)?$/.exec(text.trim()) ?? []
  const days = RetentionDays.safeParse(Number(number) * { d: 1, w: 7, y: 365 }[unit as 'd' | 'w' | 'y'])
  if (number === '' || !days.success) throw usage(`--older-than takes days, such as 90d, not "${text}".`)
  return days.data
}

const day = (instant: string | null): string => instant?.slice(0, 10) ?? ''
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

function previewWords(preview: PurgePreview, isLast: boolean): string {
  const { calls, setAside, stays, annotatedCalls, annotations, keptCalls, recordings, recordingBytes } =
    preview
  if (calls + setAside === 0) return `No call began before ${day(preview.before)}. ${stays} calls stay.`
  const lines = [
    `${calls} calls that began before ${day(preview.before)} would go (${day(preview.oldest)} to ${day(preview.newest)}); ${stays} stay.`,
    `${recordings} recordings, ${megabytes(recordingBytes)}; ${keptCalls} calls were to be kept offline.`,
    `${annotatedCalls} of the calls have ${annotations} annotations.`,
    ...(setAside > 0 ? [`${setAside} records that could not be read would go too.`] : []),
    ...preview.bySource.map(
      (one) =>
        `  ${one.connectionName}: ${one.calls} calls, ${megabytes(one.recordingBytes)}, ${one.annotatedCalls} annotated`,
    ),
    ...(preview.overwriting === 'in_place'
      ? []
      : ['Overwriting recordings is of no use on this file system: it writes to another place.']),
    ...(isLast ? [] : [NOTE, 'Give the command again with --yes to purge.']),
  ]
  return lines.join('\n')
}

function recordWords(record: PurgeRecord): string {
  const how =
    record.outcome === 'done' ? '' : record.outcome === 'cancelled' ? ' (cancelled)' : ' (not finished)'
  const written =
    record.annotations === 'keep' ? 'annotations kept' : `${record.annotationsRemoved} annotations removed`
  return `Purge ${record.id}, ${record.begunAt}, by ${record.by === 'rule' ? 'the rule' : record.userName}${how}: ${record.calls} calls from before ${day(record.before)}, ${record.recordings} recordings (${megabytes(record.recordingBytes)}, ${record.notOverwritten} not overwritten), ${written}.`
}
