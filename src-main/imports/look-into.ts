import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChosenFolder, Vendor } from '@contract'
import { vendors } from '../vendors'
import { scanFolder } from './folder-scan'
import { openSource } from './read-file'

/** So many of the newest files are looked into to see whose they are; larger ones than this are not. */
const LOOKED_AT = 20
const LOOKED_AT_BYTES = 8 * 1024 * 1024

/**
 * What is in a folder that somebody chose: how many files, and whose calls the newest of them hold (where they hold
 * several vendors', whose most files are). Raises what `scanFolder` raises.
 */
export async function lookIntoChosen(folder: string, signal: AbortSignal): Promise<ChosenFolder> {
  const { files } = await scanFolder(folder, signal)
  const json = files.filter(({ kind }) => kind === 'calls')
  const newest = json.toSorted((a, b) => b.modifiedAtMs - a.modifiedAtMs).slice(0, LOOKED_AT)
  const votes = new Map<Vendor, number>()
  for (const { path, bytes } of newest) {
    const vendor = await vendorOf(join(folder, path), bytes)
    if (vendor !== null) votes.set(vendor, (votes.get(vendor) ?? 0) + 1)
  }
  const [most] = [...votes].sort((a, b) => b[1] - a[1])
  return {
    folder,
    vendor: most?.[0] ?? null,
    jsonFiles: json.length,
    audioFiles: files.length - json.length,
  }
}

async function vendorOf(file: string, bytes: number): Promise<Vendor | null> {
  if (bytes > LOOKED_AT_BYTES) return await guessed(file)
  try {
    const source = await openSource(file)
    const part =
      source.kind === 'lines' ? source.firstPart : source.parts.find(({ kind }) => kind !== 'error')
    return part?.vendor ?? null
  } catch {
    // Not a vendor's, half written, or gone: another file will tell.
    return null
  }
}

/** Of a large file: by the first line that is a record, where there are lines. */
async function guessed(file: string): Promise<Vendor | null> {
  const handle = await open(file).catch(() => null)
  if (handle === null) return null
  try {
    const head = Buffer.alloc(1024 * 1024)
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    const line = head.subarray(0, bytesRead).toString('utf8').split('\n', 1)[0] ?? ''
    const json: unknown = JSON.parse(line)
    return Object.values(vendors).find((api) => api.recognise(json) !== null)?.kind ?? null
  } catch {
    return null
  } finally {
    await handle.close()
  }
}
