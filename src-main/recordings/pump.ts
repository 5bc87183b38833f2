import { EarmarkError, type RecordingState } from '@contract'
import { countWaiting, type RecordingRow, requeueRecordings, waitingRecordings } from './archive-rows'
import { type DownloadContext, downloadRecording } from './download'
import { pausedSentence, quotaOf, type RecordingRoom } from './storage'

export interface RecordingsPump {
  /** There may be new ones in line. */
  wake: () => void
  /** Downloads this one before all others, beside those under way. Rejects as `downloadRecording` does. */
  now: (recording: RecordingRow) => Promise<void>
  /**
   * Resolves when nothing waits any more that may be downloaded, and nothing new will come; rejects with what stopped
   * the downloads. `paused`: why some are left in line, as a sentence; null: none are.
   */
  finish: () => Promise<{ paused: string | null }>
}

export interface PumpContext extends Omit<DownloadContext, 'makeRoom'> {
  connectionId: string
  concurrency: number
  room: Pick<RecordingRoom, 'admits' | 'make'>
}

/**
 * Downloads what waits of one connection, a few at a time: what is kept offline, then the newest calls first, beside the
 * sync that puts more in line. `onDone` is told each end.
 */
export function startRecordings(
  pumpContext: PumpContext,
  onDone: (state: RecordingState, callPk: number) => void,
): RecordingsPump {
  const { db, connectionId, concurrency, signal, room } = pumpContext
  let isLast = false
  let failure: unknown = null
  let paused: string | null = null
  let wakeUp: () => void = () => undefined

  const whileReadable = async <T>(work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof EarmarkError)) throw error
      // Nothing is removed while it can't be known what somebody wrote on.
      paused = `Recordings fill the room that they may take, and none was removed: ${error.message}`
      return null
    }
  }
  const context: DownloadContext = {
    ...pumpContext,
    makeRoom: (recencyMs) => whileReadable(() => room.make(recencyMs, Date.now())),
  }
  const running = new Map<number, Promise<void>>()
  const begin = (recording: RecordingRow, isAsked: boolean): Promise<void> => {
    const known = running.get(recording.callPk)
    if (known) return known
    const done = downloadRecording(context, recording, isAsked)
      .then(
        (state) => onDone(state, recording.callPk),
        (error: unknown) => {
          failure ??= error
          throw error
        },
      )
      .finally(() => running.delete(recording.callPk))
    // `failure` tells of it; nobody may be waiting for this one.
    done.catch(() => undefined)
    running.set(recording.callPk, done)
    return done
  }
  const admits = async ({ isKept, startedAtMs }: RecordingRow): Promise<boolean> => {
    const recencyMs = isKept ? Number.MAX_SAFE_INTEGER : startedAtMs
    const isAdmitted = (await whileReadable(() => room.admits(recencyMs, Date.now(), running.size))) === true
    if (isAdmitted) paused = null
    else paused ??= pausedSentence(quotaOf(db) ?? 0, countWaiting(db, connectionId))
    return isAdmitted
  }

  const work = async () => {
    requeueRecordings(db, connectionId)
    while (failure === null && !signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wakeUp = resolve
      })
      const isEnd = isLast
      const free = Math.max(0, concurrency - running.size)
      const next = waitingRecordings(db, connectionId, concurrency + free)
        .filter(({ callPk }) => !running.has(callPk))
        .slice(0, free)
      for (const recording of next) {
        // What comes behind is less wanted still.
        if (!(await admits(recording))) break
        void begin(recording, false)
      }
      if (running.size === 0 && isEnd) break
      await Promise.race([woken, Promise.race(running.values()).catch(() => undefined)])
    }
    await Promise.allSettled(running.values())
    if (failure !== null) throw failure
    return { paused: countWaiting(db, connectionId) > 0 ? paused : null }
  }
  const stop = () => wakeUp()
  signal.addEventListener('abort', stop, { once: true })
  const working = work().finally(() => signal.removeEventListener('abort', stop))
  // Heard by `finish`; until then it must not count as unhandled.
  working.catch(() => undefined)
  return {
    wake: () => wakeUp(),
    now: (recording) => begin(recording, true),
    finish: () => {
      isLast = true
      wakeUp()
      return working
    },
  }
}
