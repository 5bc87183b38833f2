import { callHandlers } from '../calls/handlers'
import { workspaceCounts } from '../db/counts'
import { openBothForReading } from '../db/workspace'
import { isMasking, maskingTables } from '../privacy/mask-answers'
import { previewKeep } from '../recordings/keep'
import { AUDIO_KINDS } from '../recordings/mime'
import { wrapMp3 } from '../recordings/mp3-in-mp4'
import { locateRecording } from '../recordings/queries'
import { recordingStorage } from '../recordings/storage-facts'
import { retentionReaders } from '../retention/handlers'
import { searchHandlers } from '../search/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Reads both databases and writes none, so that typing never waits. */
export function searchTables({ paths }: WorkerContext): Served {
  const db = openBothForReading(paths)
  const tables = {
    search: { ...searchHandlers(db) },
    calls: { ...callHandlers(db) },
    counts: { all: () => workspaceCounts(db) },
    retention: { ...retentionReaders(db, paths) },
    recordings: {
      locate: ({ callId }: { callId: string }) => locateRecording(db, paths, callId),
      wrap: async ({ callId }: { callId: string }) => {
        const found = locateRecording(db, paths, callId)
        return found?.mime === AUDIO_KINDS.mp3.mime ? wrapMp3(found.path, paths.keys?.files) : null
      },
      storage: () => recordingStorage(db, paths),
      keepPreview: ({ query }: { query: string }) => previewKeep(db, query, Date.now()),
    },
  }
  return {
    tables: maskingTables(tables, () => isMasking(db, 'reviews')),
    close: () => {
      db.close()
    },
  }
}
