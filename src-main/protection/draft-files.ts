import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { JsonValue } from '@contract/common'
import { createContent, readContent } from './content'

const MOST = 200
const NAME = /^[0-9a-f]{32}\.draft$/

const fileOf = (folder: string, id: string): string =>
  join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.draft`)

/** Drafts that can be read; a damaged one is left where it is. `folder`: the workspace's `drafts`. */
export async function readDrafts(folder: string, filesKey: KeyObject | null): Promise<JsonValue[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name)).slice(0, MOST)
  const drafts = await Promise.all(
    names.map(async (name) => {
      const bytes = await readContent(join(folder, name), filesKey).catch(() => null)
      const draft = bytes && JsonValue.safeParse(parsed(Buffer.from(bytes).toString('utf8')))
      return draft?.success ? [draft.data] : []
    }),
  )
  return drafts.flat()
}

/** Writes a draft as a whole or not at all; it is on the disk when this resolves. Raises the system's errors. */
export async function writeDraft(
  folder: string,
  filesKey: KeyObject | null,
  { id, draft }: { id: string; draft: JsonValue },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = fileOf(folder, id)
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  const writer = await createContent(temporary, filesKey, 'wx')
  try {
    await writer.append(Buffer.from(JSON.stringify(draft)))
    await writer.finish()
    await rename(temporary, file)
  } catch (error) {
    await writer.close()
    await rm(temporary, { force: true })
    throw error
  }
}

export const removeDraft = (folder: string, id: string): Promise<void> =>
  rm(fileOf(folder, id), { force: true })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
