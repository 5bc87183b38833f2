import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryWorkspace } from '../db/testing'
import { openCallsForWriting } from '../db/workspace'
import { addCall } from '../recordings/testing-calls'
import { restoreBackup } from './restore-backup'
import { writeBackup } from './write-backup'

/** Over 4 GB, a zip file has other fields (zip64). Needs 9 GB of disk and a minute. */
it.runIf(process.env.EARMARK_LONG === '1')(
  'a backup of over 4 GB is written, read again and restored',
  async () => {
    const { paths, remove } = temporaryWorkspace()
    const folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
    try {
      const db = openCallsForWriting(paths)
      // A large one, and one behind it: both the size and the place in the file are over 4 GB.
      const sizes = { abcdefgh234567ab: 2 ** 32 + 5_000_000, bbcdefgh234567ab: 1000 }
      for (const [id, bytes] of Object.entries(sizes)) {
        const file = `${id.slice(0, 2)}/${id}.wav`
        const pk = addCall(db, { id, state: 'ready' })
        db.prepare('UPDATE recordings SET file = ?, bytes = ? WHERE call_pk = ?').run(file, bytes, pk)
        mkdirSync(dirname(join(paths.recordings, file)))
        writeFileSync(join(paths.recordings, file), id)
        truncateSync(join(paths.recordings, file), bytes)
      }
      db.close()
      const made = await writeBackup(paths, join(folder, 'large.zip'), {
        withRecordings: true,
        appVersion: '0.0.0',
        nowMs: 0,
      })
      expect(made.bytes).toBeGreaterThan(2 ** 32 + 5_000_000)
      const { missingRecordings } = await restoreBackup(join(folder, 'large.zip'), join(folder, 'workspace'))
      expect(missingRecordings).toBe(0)
      for (const [id, bytes] of Object.entries(sizes))
        expect(statSync(join(folder, 'workspace', 'recordings', id.slice(0, 2), `${id}.wav`)).size).toBe(
          bytes,
        )
    } finally {
      rmSync(folder, { recursive: true, force: true })
      remove()
    }
  },
  600_000,
)
