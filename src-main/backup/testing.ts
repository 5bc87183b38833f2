import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { finished } from 'node:stream/promises'
import Database from 'better-sqlite3'
import yazl from 'yazl'
import { MANIFEST } from './manifest'

/** Every row of every table of a database, as text; without what an index or SQLite keeps for itself. For tests. */
export function rowsOf(file: string): Record<string, string[]> {
  const db = new Database(file, { readonly: true })
  try {
    const tables = db
      .prepare<[], string>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
           AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'search%' ORDER BY name`,
      )
      .pluck()
      .all()
    return Object.fromEntries(
      tables.map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all().map(asText).sort()]),
    )
  } finally {
    db.close()
  }
}

const asText = (row: unknown): string =>
  JSON.stringify(row, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )

/** The SHA-256 of every file below a folder, by its name. */
export const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [])
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
      .map((path) => [relative(folder, path), sha256(readFileSync(path))] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A zip file with these contents and this manifest, whether they agree or not. */
export async function makeZip(
  path: string,
  files: readonly { name: string; bytes: Uint8Array; mode?: number }[],
  manifest: unknown,
): Promise<void> {
  const zip = new yazl.ZipFile()
  for (const { name, bytes, mode } of files)
    zip.addBuffer(Buffer.from(bytes), name, mode === undefined ? {} : { mode })
  if (manifest !== undefined)
    zip.addBuffer(Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest)), MANIFEST)
  zip.end()
  await finished(zip.outputStream.pipe(createWriteStream(path)))
}
