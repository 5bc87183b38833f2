import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CallId } from '@contract'
import { prepared } from '../db/prepared'
import type { TestWorkspace } from '../search/testing'

/** Gives a call a recording and a waveform, as files with these words in them. For tests. */
export function addRecording({ calls, paths }: TestWorkspace, callId: CallId, words: string): void {
  const folder = callId.slice(0, 2)
  const file = `${folder}/${callId}.mp3`
  const pk = prepared<number>(calls, 'SELECT pk FROM calls WHERE id = ?').pluck().get(callId)
  prepared(
    calls,
    `INSERT INTO recordings (call_pk, urls, file, format, bytes, recency_ms) VALUES (?, '[]', ?, 'mp3', ?, 0)`,
  ).run(pk, file, words.length)
  prepared(calls, "UPDATE calls SET recording_state = 'ready' WHERE pk = ?").run(pk)
  for (const path of [join(paths.recordings, file), join(paths.peaks, folder, `${callId}-1-2.peaks`)]) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, words)
  }
}

/** The files below a folder in which a word stands, in whatever part of them. For tests. */
export function filesWithWord(folder: string, word: string): string[] {
  const bytes = Buffer.from(word)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(bytes))
}
