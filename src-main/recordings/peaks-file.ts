import { type KeyObject, randomBytes } from 'node:crypto'
import { rename, rm, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Peaks } from '@contract/recordings'
import { createContent, readContent } from '../protection/content'

/**
 * The stored form, little-endian:
 *
 * | offset | bytes | what |
 * |---|---|---|
 * | 0 | 4 | "EMPK" |
 * | 4 | 2 | version, 2 |
 * | 6 | 2 | channels |
 * | 8 | 4 | buckets a channel |
 * | 12 | 4 | CRC-32 of all that follows, then of the 12 bytes before this |
 * | 16 | 8 | buckets a second, float |
 * | 24 | 8 | duration in seconds, float |
 * | 32 | 8 | loudness in LUFS, float; NaN: silence |
 * | 40 | 2 | channels in the recording's file |
 * | 42 | 2 | 1: the recording's end is missing, or something in it was lost |
 * | 44 | 4 | 0 |
 * | 48 | 2 x buckets x channels | the contract's `data` |
 */
const MAGIC = 'EMPK'
const VERSION = 2
const HEADER_BYTES = 48
const CHECKSUM_AT = 12
const CHECKED_FROM = 16
const MAX_CHANNELS = 64
/** A hundred hours of eight channels; what is larger was not written by us. */
const MAX_FILE_BYTES = HEADER_BYTES + 100 * 3600 * 20 * 8 * 2

const checksum = (bytes: Uint8Array): number =>
  crc32(bytes.subarray(0, CHECKSUM_AT), crc32(bytes.subarray(CHECKED_FROM)))

/** Peaks as the bytes of a peaks file. They have to be whole: with facts. */
export function encodePeaks(peaks: Peaks): Uint8Array {
  const facts = peaks.facts ?? { loudnessLufs: null, fileChannels: peaks.channels, isTruncated: false }
  const bytes = new Uint8Array(HEADER_BYTES + peaks.data.length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(MAGIC))
  view.setUint16(4, VERSION, true)
  view.setUint16(6, peaks.channels, true)
  view.setUint32(8, peaks.buckets, true)
  view.setFloat64(16, peaks.bucketsPerSec, true)
  view.setFloat64(24, peaks.durationSec, true)
  view.setFloat64(32, facts.loudnessLufs ?? Number.NaN, true)
  view.setUint16(40, facts.fileChannels, true)
  view.setUint16(42, facts.isTruncated ? 1 : 0, true)
  bytes.set(new Uint8Array(peaks.data.buffer, peaks.data.byteOffset, peaks.data.length), HEADER_BYTES)
  view.setUint32(CHECKSUM_AT, checksum(bytes), true)
  return bytes
}

/** The peaks in a peaks file's bytes, or null when they are damaged, of another version, or something else. */
export function decodePeaks(bytes: Uint8Array): Peaks | null {
  if (bytes.length < HEADER_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = String.fromCharCode(...bytes.subarray(0, 4))
  if (magic !== MAGIC || view.getUint16(4, true) !== VERSION) return null
  const channels = view.getUint16(6, true)
  const buckets = view.getUint32(8, true)
  if (channels < 1 || channels > MAX_CHANNELS) return null
  if (bytes.length !== HEADER_BYTES + channels * buckets * 2) return null
  if (view.getUint32(CHECKSUM_AT, true) !== checksum(bytes)) return null
  const bucketsPerSec = view.getFloat64(16, true)
  const durationSec = view.getFloat64(24, true)
  if (!(bucketsPerSec > 0 && Number.isFinite(bucketsPerSec))) return null
  if (!(durationSec >= 0 && Number.isFinite(durationSec))) return null
  const loudness = view.getFloat64(32, true)
  // A copy of its own: what crosses a thread border takes its whole buffer along.
  return {
    durationSec,
    channels,
    bucketsPerSec,
    buckets,
    data: Int8Array.from(
      new Int8Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, channels * buckets * 2),
    ),
    facts: {
      loudnessLufs: Number.isFinite(loudness) ? loudness : null,
      fileChannels: view.getUint16(40, true),
      isTruncated: view.getUint16(42, true) !== 0,
    },
  }
}

/**
 * Writes a peaks file as a whole or not at all: beside it first, flushed, then renamed over it.
 *
 * @param filesKey of a protected workspace: what is heard in a call can be guessed from its waveform
 * @throws the system's error (ENOSPC, EACCES, …); what was half written is gone then, what was there before stays
 */
export async function writePeaksFile(
  path: string,
  peaks: Peaks,
  filesKey: KeyObject | null = null,
): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const writer = await createContent(temporary, filesKey, 'wx')
    try {
      await writer.append(encodePeaks(peaks))
      await writer.finish()
    } finally {
      await writer.close()
    }
    await rename(temporary, path)
  } catch (thrown) {
    await rm(temporary, { force: true })
    throw thrown
  }
}

/**
 * Reads a peaks file.
 *
 * @returns null when there is none, or none that can be used: compute the peaks again
 */
export async function readPeaksFile(path: string, filesKey: KeyObject | null = null): Promise<Peaks | null> {
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) return null
    return decodePeaks(await readContent(path, filesKey))
  } catch {
    // Missing or unreadable: both end in computing them again, and writing then says what is wrong.
    return null
  }
}
