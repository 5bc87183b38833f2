import { type ReadHandle, readAt } from '../protection/content'
import { brokenRecording, MAX_CHANNELS } from './decoder'

/** How samples are stored; bytes a sample follow from it. */
export type WavCoding = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'alaw' | 'mulaw' | 'mp3'

export interface WavFormat {
  readonly coding: WavCoding
  readonly channels: number
  readonly sampleRate: number
}

export interface WavLayout {
  readonly format: WavFormat
  /** Where the sound lies in the file: usually one part. Bytes, `end` exclusive and within the file. */
  readonly parts: readonly { readonly start: number; readonly end: number }[]
  /** True when the header promises more sound than there is. */
  readonly truncated: boolean
}

const MAX_CHUNKS = 1000
/** Written by encoders that could not go back to fill in the size: all ones, or nearly so. */
const PLACEHOLDER_BYTES = 0x7fff0000

const FORMAT_NAMES = new Map([
  [0x0002, 'Microsoft ADPCM'],
  [0x0011, 'IMA ADPCM'],
  [0x0014, 'G.723'],
  [0x0031, 'GSM 6.10'],
  [0x0040, 'G.721'],
  [0x0045, 'G.726'],
  [0x0050, 'MPEG layer II'],
  [0x0064, 'G.726'],
  [0x0065, 'G.722'],
  [0x0083, 'G.729'],
])

/**
 * Finds format and sound of a WAV file ("Multimedia Programming Interface and Data Specifications 1.0" for RIFF,
 * EBU Tech 3306 for RF64, Microsoft's WAVE_FORMAT_EXTENSIBLE).
 *
 * Sizes are read as Chromium reads them (FFmpeg's `wavdec.c`), so that time means the same in both: a data size
 * of 0 or near 2^31 or 2^32 is a placeholder and the sound goes on to the file's end; one that ends beyond the file is a
 * missing tail; further data chunks continue the sound. The RIFF size is never used.
 *
 * @throws EarmarkError `recording_broken`
 */
export async function readWavLayout(handle: ReadHandle, fileBytes: number): Promise<WavLayout> {
  let format: WavFormat | null = null
  let longDataBytes: number | null = null
  let truncated = false
  const parts: { start: number; end: number }[] = []

  let offset = 12
  for (let n = 0; n < MAX_CHUNKS && offset + 8 <= fileBytes; n++) {
    const head = await readAt(handle, offset, 8)
    if (head.length < 8 || !isChunkName(head)) break
    const name = String.fromCharCode(...head.subarray(0, 4))
    const size = new DataView(head.buffer).getUint32(4, true)
    const body = offset + 8
    if (name === 'fmt ' && !format) format = parseFormat(await readAt(handle, body, Math.min(size, 40)))
    if (name === 'ds64') {
      const sizes = await readAt(handle, body, 16)
      if (sizes.length === 16) longDataBytes = Number(new DataView(sizes.buffer).getBigUint64(8, true))
    }
    if (name === 'data') {
      const bytes = size === 0xffffffff && longDataBytes !== null ? longDataBytes : size
      const open = bytes === 0 || (bytes >= PLACEHOLDER_BYTES && body + bytes > fileBytes)
      const end = open ? fileBytes : Math.min(fileBytes, body + bytes)
      if (!open && body + bytes > fileBytes) truncated = true
      if (end > body) parts.push({ start: body, end })
      if (open) break
      offset = await nextChunk(handle, body + bytes)
    } else offset = await nextChunk(handle, body + size)
  }
  if (!format) throw brokenRecording('wav', 'its format description is missing')
  return { format, parts, truncated }
}

const isChunkName = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes.subarray(0, 4).every((byte) => byte >= 0x20 && byte < 0x7f)

/** Chunks start at even offsets, but some writers forget the filling byte behind an odd one. */
async function nextChunk(handle: ReadHandle, end: number): Promise<number> {
  if (end % 2 === 0) return end
  const near = await readAt(handle, end, 5)
  return isChunkName(near) && near[0] !== 0 && !isChunkName(near.subarray(1)) ? end : end + 1
}

function parseFormat(bytes: Uint8Array): WavFormat {
  if (bytes.length < 14) throw brokenRecording('wav', 'its format description is cut short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const channels = view.getUint16(2, true)
  const sampleRate = view.getUint32(4, true)
  const blockAlign = view.getUint16(12, true)
  const bits = bytes.length >= 16 ? view.getUint16(14, true) : 8
  let tag = view.getUint16(0, true)
  // WAVE_FORMAT_EXTENSIBLE: the first two bytes of its GUID are the plain tag.
  if (tag === 0xfffe && bytes.length >= 26) tag = view.getUint16(24, true)
  if (channels < 1 || channels > MAX_CHANNELS)
    throw brokenRecording('wav', `its header says ${channels} channels`)
  if (sampleRate < 1000 || sampleRate > 768_000)
    throw brokenRecording('wav', `its header says ${sampleRate} samples a second`)
  return { coding: codingOf(tag, bits, blockAlign / channels), channels, sampleRate }
}

function codingOf(tag: number, bits: number, containerBytes: number): WavCoding {
  if (tag === 6) return 'alaw'
  if (tag === 7) return 'mulaw'
  if (tag === 0x55) return 'mp3'
  // 20 bits are stored in three bytes, or, if the block says so, in four: always the upper ones.
  const own = Math.ceil(bits / 8)
  const bytes = Number.isInteger(containerBytes) && containerBytes >= own ? containerBytes : own
  if (tag === 1) {
    const coding = ([null, 'u8', 's16', 's24', 's32'] as const)[bytes]
    if (coding) return coding
  }
  if (tag === 3 && bytes === 4) return 'f32'
  if (tag === 3 && bytes === 8) return 'f64'
  const name = FORMAT_NAMES.get(tag)
  throw brokenRecording(
    'wav',
    name
      ? `its sound is coded as ${name}, which Earmark can't decode`
      : `its sound is coded in a way that Earmark can't decode (format ${tag}, ${bits} bit)`,
  )
}
