import { EarmarkError, type EarmarkEvent, type RecordingState } from '@contract'
import type { WriteDb } from '../db/open'
import type { WorkspacePaths } from '../db/workspace'
import type { Http } from '../vendors/http'
import {
  archiveAudio,
  MAX_RECORDING_BYTES,
  noteArchived,
  noteFailed,
  type RecordingRow,
  removeUnfinished,
  requeueRecordings,
  setRecordingState,
  waitingRecordings,
} from './archive'

export interface DownloadContext {
  db: WriteDb
  paths: WorkspacePaths
  http: Pick<Http, 'download'>
  emit: (event: EarmarkEvent) => void
  signal: AbortSignal
  /** Runs a download again after passing failures; the sync's rules. */
  persistently: <T>(attempt: () => Promise<T>) => Promise<T>
  maxBytes?: number
}

/**
 * Downloads one recording into the archive, from its addresses in turn, and notes how it went. Never with a vendor's
 * secrets, not even where the audio lies on the vendor's own host: addresses come out of records, and a record must
 * not be able to send a key anywhere. Fails only for what is no matter of this recording: `cancelled` (it waits
 * again then), `disk_full`.
 */
export async function downloadRecording(
  context: DownloadContext,
  recording: RecordingRow,
): Promise<RecordingState> {
  const { db, paths, http, signal, emit } = context
  const { callPk, callId } = recording
  // What is here already goes on playing while it is downloaded again.
  if (recording.file === null) setRecordingState(db, callPk, 'downloading')
  const maxBytes = context.maxBytes ?? MAX_RECORDING_BYTES
  let problem = 'The vendor gives no address for this recording.'
  let state: RecordingState | null = null
  try {
    for (const url of recording.urls) {
      try {
        const audio = await context.persistently(() =>
          archiveAudio(paths, callId, (sink) => http.download({ url, sink, maxBytes, signal }), maxBytes),
        )
        noteArchived(db, callPk, audio, Date.now())
        state = 'ready'
        break
      } catch (error) {
        if (!(error instanceof EarmarkError) || error.code === 'cancelled' || error.code === 'disk_full')
          throw error
        problem = error.code === 'not_audio' ? notAudio(url, error) : error.message
      }
    }
    state ??= noteFailed(db, recording, problem)
  } finally {
    if (state === null) setRecordingState(db, callPk, recording.file === null ? 'waiting' : 'ready')
  }
  emit({ type: 'recordings.changed', callId, state })
  return state
}

const notAudio = (url: string, error: EarmarkError): string =>
  `${new URL(url).host} was asked for the recording. ${error.message} Ask the vendor for access to its recordings, then download it again.`

export interface RecordingsPump {
  /** There may be new ones in line. */
  wake: () => void
  /** Downloads this one before all others, beside those under way. Rejects as `downloadRecording` does. */
  now: (recording: RecordingRow) => Promise<void>
  /** Resolves when nothing waits any more and nothing new will come; rejects with what stopped the downloads. */
  finish: () => Promise<void>
}

/**
 * Downloads what waits of one connection, a few at a time, newest call first, beside the sync that puts more in
 * line. `onDone` is told each end.
 */
export function startRecordings(
  context: DownloadContext & { connectionId: string; concurrency: number },
  onDone: (state: RecordingState) => void,
): RecordingsPump {
  const { db, paths, connectionId, concurrency, signal } = context
  let isLast = false
  let failure: unknown = null
  let wakeUp: () => void = () => undefined

  const running = new Map<number, Promise<void>>()
  const begin = (recording: RecordingRow): Promise<void> => {
    const known = running.get(recording.callPk)
    if (known) return known
    const done = downloadRecording(context, recording)
      .then(onDone, (error: unknown) => {
        failure ??= error
        throw error
      })
      .finally(() => running.delete(recording.callPk))
    // `failure` tells of it; nobody may be waiting for this one.
    done.catch(() => undefined)
    running.set(recording.callPk, done)
    return done
  }

  const work = async () => {
    await removeUnfinished(paths, requeueRecordings(db, connectionId))
    while (failure === null && !signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wakeUp = resolve
      })
      const free = concurrency - running.size
      const next = waitingRecordings(db, connectionId, concurrency + free)
        .filter(({ callPk }) => !running.has(callPk))
        .slice(0, free)
      for (const recording of next) void begin(recording)
      if (running.size === 0 && isLast) break
      await Promise.race([woken, Promise.race(running.values()).catch(() => undefined)])
    }
    await Promise.allSettled(running.values())
    if (failure !== null) throw failure
  }
  const stop = () => wakeUp()
  signal.addEventListener('abort', stop, { once: true })
  const working = work().finally(() => signal.removeEventListener('abort', stop))
  // Heard by `finish`; until then it must not count as unhandled.
  working.catch(() => undefined)
  return {
    wake: () => wakeUp(),
    now: begin,
    finish: () => {
      isLast = true
      wakeUp()
      return working
    },
  }
}
