import { rm } from 'node:fs/promises'
import { EarmarkError, type EarmarkEvent, type RecordingState } from '@contract'
import type { WriteDb } from '../db/open'
import type { WorkspacePaths } from '../db/workspace'
import type { Http } from '../vendors/http'
import { type ArchivedAudio, MAX_RECORDING_BYTES } from './archive'
import {
  getRecording,
  noteArchived,
  noteFailed,
  notePart,
  partOf,
  type RecordingRow,
  setRecordingState,
} from './archive-rows'
import { archivedPath } from './archived-path'
import { PartialFile, partFrom, RESERVED_BYTES } from './partial'

/** What a vendor answered when it was asked for fresh addresses. */
export type Freshened =
  | { kind: 'fresh'; recording: RecordingRow }
  /** There are none; `advice`: a sentence on what to do. */
  | { kind: 'none'; advice: string }

export interface DownloadContext {
  db: WriteDb
  paths: WorkspacePaths
  http: Pick<Http, 'download'>
  emit: (event: EarmarkEvent) => void
  signal: AbortSignal
  /** Runs a download again after passing failures; the sync's rules. */
  persistently: <T>(attempt: () => Promise<T>) => Promise<T>
  /** The log-ins that hosts of recordings want. */
  logIns: {
    authorizationFor: (url: URL) => Promise<string | null>
    noteTaken: (host: string, nowMs: number) => void
    noteRefused: (host: string, problem: string) => void
    /** Hosts that want one for fresh addresses too: no more of them are asked for. */
    readonly wanting: Set<string>
  }
  /** Asks the vendor for fresh addresses, once a recording. */
  freshen: (recording: RecordingRow) => Promise<Freshened>
  /** Makes room when a recording has come; see RecordingRoom. */
  makeRoom: (recencyMs: number) => Promise<unknown>
  maxBytes?: number
  /** Of the disk, left free. */
  reservedBytes?: number
}

const PROGRESS_MS = 300

/**
 * Downloads one recording into the archive, from its addresses in turn and, where they have expired, from fresh ones,
 * and notes how it went. Never with a vendor's secrets, not even where the audio lies on the vendor's own host: addresses
 * come out of records, and a record must not be able to send a key anywhere. Fails only for what is no matter of this
 * recording: `cancelled` (it waits again then, and what came stays), `disk_full`.
 *
 * @param isAsked a person wants this one, now
 */
export async function downloadRecording(
  context: DownloadContext,
  recording: RecordingRow,
  isAsked = false,
): Promise<RecordingState> {
  const { db, paths, emit } = context
  const { callPk, callId } = recording
  // What is here already goes on playing while it is downloaded again.
  if (recording.file === null) {
    setRecordingState(db, callPk, 'downloading')
    emit({ type: 'recordings.changed', callId, state: 'downloading' })
  }
  let state: RecordingState | null = null
  try {
    const got = await get(context, recording)
    if (got.audio !== null) {
      const nowMs = Date.now()
      noteArchived(db, callPk, got.audio, nowMs, isAsked)
      state = 'ready'
      const before = recording.file === null ? null : archivedPath(paths.recordings, recording.file)
      if (before !== null && recording.file !== got.audio.file) await rm(before, { force: true })
      const isWanted = isAsked || recording.isKept
      await context.makeRoom(isWanted ? Number.MAX_SAFE_INTEGER : recording.startedAtMs)
    } else state = noteFailed(db, recording, got.problem, got.logInHost)
  } finally {
    if (state === null) {
      state = recording.file === null ? 'waiting' : 'ready'
      setRecordingState(db, callPk, state)
    }
    emit({ type: 'recordings.changed', callId, state })
  }
  return state
}

type Got = { audio: ArchivedAudio } | Failed
interface Failed {
  audio: null
  problem: string
  /** The host that wants a log-in, where that is why. */
  logInHost: string | null
  /** A fresh address may help. */
  mayHaveExpired: boolean
}

async function get(context: DownloadContext, recording: RecordingRow): Promise<Got> {
  const { wanting } = context.logIns
  const first = await fromAddresses(context, recording)
  if (first.audio !== null || !first.mayHaveExpired) return first
  if (first.logInHost !== null && wanting.has(first.logInHost)) return first
  const fresh = listedMeanwhile(context.db, recording) ?? (await context.freshen(recording))
  if (fresh.kind === 'none') {
    if (first.logInHost === null) return { ...first, problem: `${first.problem} ${fresh.advice}` }
    wanting.add(first.logInHost)
    return first
  }
  const second = await fromAddresses(context, fresh.recording)
  if (second.audio === null && second.logInHost !== null) wanting.add(second.logInHost)
  return second.audio === null && second.mayHaveExpired && second.logInHost === null
    ? {
        ...second,
        problem: `${second.problem} The vendor's fresh address was no better: ask the vendor for it.`,
      }
    : second
}

/** The addresses that a list has brought since this download began; null: none. */
function listedMeanwhile(db: WriteDb, recording: RecordingRow): Freshened | null {
  const now = getRecording(db, recording.callId)
  return now && JSON.stringify(now.urls) !== JSON.stringify(recording.urls)
    ? { kind: 'fresh', recording: now }
    : null
}

/** The statuses with which hosts answer to addresses that were good once. */
const EXPIRED = new Set([401, 403, 404, 410])

async function fromAddresses(context: DownloadContext, recording: RecordingRow): Promise<Got> {
  let failed: Failed = {
    audio: null,
    problem: 'The vendor gives no address for this recording.',
    logInHost: null,
    mayHaveExpired: false,
  }
  for (const url of recording.urls) {
    try {
      return { audio: await context.persistently(() => attempt(context, recording, url)) }
    } catch (error) {
      if (!(error instanceof EarmarkError) || error.code === 'cancelled' || error.code === 'disk_full')
        throw error
      failed = failureOf(error, url)
      const { logIn, host } = error.details
      if (logIn === 'refused' && typeof host === 'string') context.logIns.noteRefused(host, error.message)
    }
  }
  return failed
}

function failureOf(error: EarmarkError, url: string): Failed {
  const { status, logIn, host } = error.details
  return {
    audio: null,
    problem: error.code === 'not_audio' ? notAudio(url, error) : error.message,
    logInHost: (logIn === 'wanted' || logIn === 'refused') && typeof host === 'string' ? host : null,
    // A log-in that is refused stays refused wherever the recording lies at that host.
    mayHaveExpired: typeof status === 'number' && EXPIRED.has(status) && logIn !== 'refused',
  }
}

/** One request for one address, from where an earlier one left off. */
async function attempt(
  context: DownloadContext,
  { callPk, callId }: RecordingRow,
  url: string,
): Promise<ArchivedAudio> {
  const { db, paths, http, signal, emit, logIns } = context
  const maxBytes = context.maxBytes ?? MAX_RECORDING_BYTES
  const from = partFrom(url)
  const note = partOf(db, callPk)
  const file = await PartialFile.open(paths, callId, note?.from === from ? note : null, {
    maxBytes,
    reservedBytes: context.reservedBytes ?? RESERVED_BYTES,
  })
  // Whatever is not continued begins again: a part without a note is of no use.
  let canContinue = file.received !== null
  let usedHost: string | null = null
  let saidAtMs = performance.now()
  try {
    if (file.isWhole) return await file.finish(true)
    const { totalBytes } = await http.download({
      url,
      maxBytes,
      signal,
      part: file.received,
      authorizationFor: async (address) => {
        const authorization = await logIns.authorizationFor(address)
        if (authorization !== null) usedHost = address.host
        return authorization
      },
      onBegin: async (begin) => {
        await file.begin(begin)
        if (begin.fromByte > 0) return
        canContinue = begin.validator !== null
        notePart(
          db,
          callPk,
          begin.validator === null
            ? null
            : { from, validator: begin.validator, totalBytes: begin.totalBytes },
        )
      },
      sink: (chunk) => file.append(chunk),
      onProgress: (bytes, total) => {
        if (performance.now() - saidAtMs < PROGRESS_MS) return
        saidAtMs = performance.now()
        emit({ type: 'recordings.progress', callId, bytes, totalBytes: total })
      },
    })
    const audio = await file.finish(totalBytes !== null)
    if (usedHost !== null) logIns.noteTaken(usedHost, Date.now())
    return audio
  } catch (error) {
    const isUseless =
      error instanceof EarmarkError && ['not_audio', 'too_large', 'disk_full'].includes(error.code)
    // Where the disk is full, the part gives its room back: annotations need it more.
    if (isUseless) canContinue = false
    throw error
  } finally {
    await file.close({ discard: !canContinue })
  }
}

const notAudio = (url: string, error: EarmarkError): string =>
  `${new URL(url).host} was asked for the recording. ${error.message} Ask the vendor for access to its recordings, then download it again.`
