import { type ReadHandle, readAt } from '../protection/content'
import { aacSampleRate } from './adts-frames'
import { brokenRecording, MAX_CHANNELS } from './decoder'

/** A packet of coded sound in the file. */
export interface Mp4Packet {
  readonly start: number
  readonly bytes: number
  /** In the track's time scale. */
  readonly duration: number
}

export interface Mp4SoundTrack {
  readonly id: number
  /** As WebCodecs names it: "mp4a.40.2". */
  readonly codec: string
  /** For people: "AAC-LC". */
  readonly coding: string
  /** AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1); empty where the codec has none. */
  readonly config: Uint8Array
  readonly sampleRate: number
  readonly channels: number
  /** Units of `Mp4Packet.duration` a second. */
  readonly timescale: number
  /** What an encoder put before the sound, in `timescale`. */
  readonly skip: number
  /** Packets that the file's index lists; those of fragments come in fragments. */
  readonly indexed: Iterable<Mp4Packet>
  /** What a fragment's packets are where it does not say (`trex`). */
  readonly defaults: { readonly duration: number; readonly bytes: number }
}

/** A box (ISO/IEC 14496-12 §4.2): its name and where its body lies. */
interface Box {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** An index of 24 hours is 20 MB; what says more is damaged, or meant to exhaust memory. */
const MAX_INDEX_BYTES = 64 << 20
const MAX_BOXES = 1_000_000

const broken = (reason: string) => brokenRecording('m4a', reason)

/** The boxes in `view` from `start` up to `end`; ends where one does not fit. */
function* boxesIn(view: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    let size = view.getUint32(at)
    const name = nameAt(view, at + 4)
    let body = at + 8
    if (size === 1 && at + 16 <= end) {
      size = Number(view.getBigUint64(at + 8))
      body = at + 16
    }
    if (size === 0) size = end - at
    if (at + size > end || size < body - at) return
    yield { name, start: body, end: at + size }
    at += size
  }
}

const nameAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))

/** The first box down a path of names. */
function find(view: DataView, within: { start: number; end: number }, ...path: string[]): Box | null {
  let found: Box | null = null
  let { start, end } = within
  for (const name of path) {
    found = null
    for (const box of boxesIn(view, start, end))
      if (box.name === name) {
        found = box
        break
      }
    if (found === null) return null
    start = found.start
    end = found.end
  }
  return found
}

/** A box that is read whole, and where it lay in the file. */
interface ReadBox {
  readonly view: DataView
  readonly fileStart: number
  readonly body: { readonly start: number; readonly end: number }
}

/**
 * The sound in an MP4 file: its track, then each fragment's packets. Reads the index (`moov`, wherever it is) and
 * the fragments' indexes (`moof`), never the media data. Nothing in the file is believed that its own length does not allow.
 *
 * @throws EarmarkError `recording_broken` where there is no index or no sound that can be decoded
 */
export async function readMp4(
  handle: ReadHandle,
  fileBytes: number,
): Promise<{ track: Mp4SoundTrack; fragments: AsyncGenerator<Mp4Packet>; truncated: boolean }> {
  let track: Mp4SoundTrack | null = null
  let truncated = false
  for await (const box of topBoxes(handle, fileBytes)) {
    if (box.end > fileBytes) truncated = true
    if (box.name === 'moov') {
      track = soundTrack(await readBox(handle, box, fileBytes))
      if (track) break
    }
  }
  if (!track)
    throw broken(
      truncated
        ? 'its end is missing, and with it the index without which nothing in it can be found'
        : 'there is no sound track in it',
    )
  return { track, fragments: fragmentPackets(handle, fileBytes, track), truncated }
}

/** Top-level boxes by their headers; `end` may lie beyond the file. */
async function* topBoxes(handle: ReadHandle, fileBytes: number): AsyncGenerator<Box> {
  let at = 0
  for (let n = 0; n < MAX_BOXES && at + 8 <= fileBytes; n++) {
    const head = await readAt(handle, at, 16)
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    let size = view.getUint32(0)
    let body = at + 8
    if (size === 1 && head.length === 16) {
      size = Number(view.getBigUint64(8))
      body = at + 16
    }
    if (size === 0) size = fileBytes - at
    if (size < body - at) return
    yield { name: nameAt(view, 4), start: body, end: at + size }
    at += size
  }
}

async function readBox(handle: ReadHandle, box: Box, fileBytes: number): Promise<ReadBox> {
  const length = Math.min(box.end, fileBytes) - box.start
  if (length > MAX_INDEX_BYTES) throw broken('its index is larger than any recording needs')
  const bytes = await readAt(handle, box.start, length)
  return {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    fileStart: box.start,
    body: { start: 0, end: bytes.length },
  }
}

function soundTrack({ view, body }: ReadBox): Mp4SoundTrack | null {
  for (const trak of boxesIn(view, body.start, body.end)) {
    if (trak.name !== 'trak') continue
    const handler = find(view, trak, 'mdia', 'hdlr')
    const mdhd = find(view, trak, 'mdia', 'mdhd')
    const tkhd = find(view, trak, 'tkhd')
    const table = find(view, trak, 'mdia', 'minf', 'stbl')
    if (!handler || !mdhd || !table || !tkhd || handler.end - handler.start < 12) continue
    if (nameAt(view, handler.start + 8) !== 'soun') continue
    const timescale = u32(view, mdhd, view.getUint8(mdhd.start) === 1 ? 20 : 12)
    if (timescale === 0) throw broken('its index is damaged')
    const id = u32(view, tkhd, view.getUint8(tkhd.start) === 1 ? 20 : 12)
    return {
      id,
      ...sampleEntry(view, table),
      timescale,
      skip: skippedStart(view, trak),
      indexed: indexedPackets(view, table),
      defaults: fragmentDefaults(view, body, id),
    }
  }
  return null
}

/** A number within a box, 0 where the box is too short for it. */
const u32 = (view: DataView, box: Box, at: number): number =>
  box.start + at + 4 <= box.end ? view.getUint32(box.start + at) : 0

/** The first edit that shows something says where the sound begins (ISO/IEC 14496-12 §8.6.6). */
function skippedStart(view: DataView, trak: Box): number {
  const list = find(view, trak, 'edts', 'elst')
  if (!list || list.end - list.start < 8) return 0
  const wide = view.getUint8(list.start) === 1
  const step = wide ? 20 : 12
  const count = Math.min(u32(view, list, 4), Math.floor((list.end - list.start - 8) / step))
  for (let n = 0; n < count; n++) {
    const at = list.start + 8 + n * step
    const time = wide ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4)
    if (time >= 0) return time
  }
  return 0
}

const NOT_DECODED = new Map([
  ['alac', 'Apple Lossless'],
  ['fLaC', 'FLAC'],
  ['Opus', 'Opus'],
  ['ac-3', 'Dolby AC-3'],
  ['ec-3', 'Dolby E-AC-3'],
  ['samr', 'AMR'],
  ['sawb', 'AMR-WB'],
  ['enca', 'encrypted sound'],
])

function sampleEntry(view: DataView, table: Box) {
  const stsd = find(view, table, 'stsd')
  const entry = stsd && boxesIn(view, stsd.start + 8, stsd.end).next().value
  if (!entry || entry.end - entry.start < 28) throw broken('it does not say how its sound is coded')
  if (entry.name !== 'mp4a')
    throw broken(
      `its sound is coded as ${NOT_DECODED.get(entry.name) ?? JSON.stringify(entry.name)}, which Earmark can't decode`,
    )
  // QuickTime's versions 1 and 2 have more fields before the boxes.
  const version = view.getUint16(entry.start + 8)
  const fields = 28 + (version === 1 ? 16 : version === 2 ? 36 : 0)
  const inner = { start: entry.start + fields, end: entry.end }
  const esds = find(view, inner, 'esds') ?? find(view, inner, 'wave', 'esds')
  const { objectType, config } = esds
    ? decoderConfig(view, esds)
    : { objectType: 0x40, config: new Uint8Array(0) }
  return {
    ...codecOf(objectType, config),
    config,
    ...soundShape(config, view.getUint16(entry.start + 24), view.getUint16(entry.start + 16)),
  }
}

/** DecoderConfigDescriptor and DecoderSpecificInfo out of an `esds` box (ISO/IEC 14496-1 §7.2.6). */
function decoderConfig(view: DataView, esds: Box): { objectType: number; config: Uint8Array } {
  let objectType = 0x40
  let config = new Uint8Array(0)
  const read = (start: number, end: number): void => {
    for (let at = start; at + 2 <= end; ) {
      const tag = view.getUint8(at++)
      let length = 0
      for (let n = 0; n < 4 && at < end; n++) {
        const byte = view.getUint8(at++)
        length = length * 128 + (byte & 0x7f)
        if (byte < 0x80) break
      }
      const until = Math.min(end, at + length)
      if (tag === 3 && at + 3 <= until) {
        const flags = view.getUint8(at + 2)
        const url = flags & 0x40 && at + 3 < until ? 1 + view.getUint8(at + 3) : 0
        read(at + 3 + (flags & 0x80 ? 2 : 0) + url + (flags & 0x20 ? 2 : 0), until)
      } else if (tag === 4 && at + 13 <= until) {
        objectType = view.getUint8(at)
        read(at + 13, until)
      } else if (tag === 5)
        config = Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset + at, until - at))
      at = until
    }
  }
  read(esds.start + 4, esds.end)
  return { objectType, config }
}

const AAC_NAMES = new Map([
  [2, 'AAC-LC'],
  [5, 'HE-AAC'],
  [29, 'HE-AAC v2'],
  [42, 'xHE-AAC'],
])

function codecOf(objectType: number, config: Uint8Array): { codec: string; coding: string } {
  if (objectType === 0x69 || objectType === 0x6b) return { codec: 'mp3', coding: 'MPEG layer III' }
  if (objectType >= 0x66 && objectType <= 0x68) return { codec: 'mp4a.67', coding: 'AAC-LC' }
  if (objectType !== 0x40)
    throw broken(`its sound is coded in a way that Earmark can't decode (object type ${objectType})`)
  const type = audioObjectType(config) ?? 2
  return { codec: `mp4a.40.${type}`, coding: AAC_NAMES.get(type) ?? `AAC (object type ${type})` }
}

function audioObjectType(config: Uint8Array): number | null {
  const [a, b] = config
  if (a === undefined || b === undefined) return null
  return a >> 3 === 31 ? 32 + (((a & 7) << 3) | (b >> 5)) : a >> 3
}

/** What the coded stream's own description says, and where it says nothing, the container. */
function soundShape(config: Uint8Array, containerRate: number, containerChannels: number) {
  const [a, b] = config
  const short = a !== undefined && b !== undefined && a >> 3 !== 31
  const rate = short ? aacSampleRate(((a & 7) << 1) | (b >> 7)) : null
  const configured = short ? (b >> 3) & 15 : 0
  const channels = configured === 7 ? 8 : configured || containerChannels
  const sampleRate = rate ?? containerRate
  if (channels < 1 || channels > MAX_CHANNELS) throw broken(`its header says ${channels} channels`)
  if (sampleRate < 1000) throw broken(`its header says ${sampleRate} samples a second`)
  return { sampleRate, channels }
}

/** Packets of the sample tables (ISO/IEC 14496-12 §8.6.1, §8.7), read as they are needed. */
function indexedPackets(view: DataView, table: Box): Iterable<Mp4Packet> {
  const sizes = find(view, table, 'stsz')
  const times = find(view, table, 'stts')
  const runs = find(view, table, 'stsc')
  const narrow = find(view, table, 'stco')
  const chunks = narrow ?? find(view, table, 'co64')
  return {
    *[Symbol.iterator]() {
      if (!sizes || !times || !runs || !chunks) return
      const oneSize = u32(view, sizes, 4)
      const listed = oneSize > 0 ? Number.MAX_SAFE_INTEGER : (sizes.end - sizes.start - 12) / 4
      const count = Math.min(u32(view, sizes, 8), Math.floor(listed))
      const step = narrow ? 4 : 8
      const chunkCount = Math.min(u32(view, chunks, 4), Math.floor((chunks.end - chunks.start - 8) / step))
      const runCount = Math.min(u32(view, runs, 4), Math.floor((runs.end - runs.start - 8) / 12))
      const timeCount = Math.min(u32(view, times, 4), Math.floor((times.end - times.start - 8) / 8))

      let sample = 0
      let run = 0
      let time = 0
      let timeLeft = u32(view, times, 8)
      for (let chunk = 0; chunk < chunkCount && sample < count; chunk++) {
        while (run + 1 < runCount && u32(view, runs, 8 + (run + 1) * 12) <= chunk + 1) run++
        const inChunk = u32(view, runs, 8 + run * 12 + 4)
        const at = chunks.start + 8 + chunk * step
        let start = narrow ? view.getUint32(at) : Number(view.getBigUint64(at))
        for (let n = 0; n < inChunk && sample < count; n++, sample++) {
          while (timeLeft === 0 && time + 1 < timeCount) timeLeft = u32(view, times, 8 + ++time * 8)
          const duration = time < timeCount ? u32(view, times, 8 + time * 8 + 4) : 0
          if (timeLeft > 0) timeLeft--
          const bytes = oneSize > 0 ? oneSize : u32(view, sizes, 12 + sample * 4)
          yield { start, bytes, duration }
          start += bytes
        }
      }
    },
  }
}

function fragmentDefaults(view: DataView, moov: ReadBox['body'], id: number) {
  const mvex = find(view, moov, 'mvex')
  if (mvex)
    for (const box of boxesIn(view, mvex.start, mvex.end))
      if (box.name === 'trex' && u32(view, box, 4) === id)
        return { duration: u32(view, box, 12), bytes: u32(view, box, 16) }
  return { duration: 0, bytes: 0 }
}

/** Packets of fragments (ISO/IEC 14496-12 §8.8), one fragment's index in memory at a time. */
async function* fragmentPackets(
  handle: ReadHandle,
  fileBytes: number,
  track: Pick<Mp4SoundTrack, 'id' | 'defaults'>,
): AsyncGenerator<Mp4Packet> {
  for await (const box of topBoxes(handle, fileBytes)) {
    if (box.name !== 'moof' || box.end > fileBytes) continue
    const { view, body } = await readBox(handle, box, fileBytes)
    const headerStart = box.start - 8
    for (const traf of boxesIn(view, body.start, body.end)) {
      const head = traf.name === 'traf' ? find(view, traf, 'tfhd') : null
      if (head && u32(view, head, 4) === track.id)
        yield* trackRuns(view, traf, head, headerStart, track.defaults)
    }
  }
}

function* trackRuns(
  view: DataView,
  traf: Box,
  head: Box,
  moofStart: number,
  defaults: Mp4SoundTrack['defaults'],
): Generator<Mp4Packet> {
  const flags = u32(view, head, 0) & 0xffffff
  let at = 8
  const field = (flag: number, bytes: number): number => {
    if (!(flags & flag)) return -1
    at += bytes
    return at - bytes
  }
  const baseAt = field(0x1, 8)
  field(0x2, 4)
  const durationAt = field(0x8, 4)
  const sizeAt = field(0x10, 4)
  const base =
    baseAt >= 0 && head.start + baseAt + 8 <= head.end
      ? Number(view.getBigUint64(head.start + baseAt))
      : moofStart
  const defaultDuration = durationAt < 0 ? defaults.duration : u32(view, head, durationAt)
  const defaultBytes = sizeAt < 0 ? defaults.bytes : u32(view, head, sizeAt)

  let next = base
  for (const trun of boxesIn(view, traf.start, traf.end)) {
    if (trun.name !== 'trun') continue
    const has = u32(view, trun, 0) & 0xffffff
    let position = 8
    if (has & 0x1) {
      next = base + (u32(view, trun, position) | 0)
      position += 4
    }
    if (has & 0x4) position += 4
    const step = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => has & flag).length
    const room = step > 0 ? Math.floor((trun.end - trun.start - position) / step) : Number.MAX_SAFE_INTEGER
    const count = Math.min(u32(view, trun, 4), room)
    for (let n = 0; n < count; n++, position += step) {
      const bytes = has & 0x200 ? u32(view, trun, position + (has & 0x100 ? 4 : 0)) : defaultBytes
      const duration = has & 0x100 ? u32(view, trun, position) : defaultDuration
      yield { start: next, bytes, duration }
      next += bytes
    }
  }
}
