/** One page of an Ogg file (RFC 3533 §6), whole and with a valid checksum. */
export interface OggPage {
  /** The page's bytes, header included: a copy that may be changed. */
  readonly bytes: Uint8Array
  /** First page of its stream. */
  readonly begins: boolean
  /** Last page of its stream. */
  readonly ends: boolean
  readonly serial: number
  readonly sequence: number
  /** Position in samples at the end of the last packet that ends here; null when none does. */
  readonly granule: bigint | null
  /** Where the packets begin in `bytes`. */
  readonly bodyStart: number
}

const HEADER_BYTES = 27
const CHECKSUM_AT = 22
const FLAGS_AT = 5
const CAPITAL_O = 0x4f

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

/** Ogg's checksum: polynomial 0x04c11db7, nothing inverted, its own four bytes taken as zero (RFC 3533 §6). */
export function oggChecksum(page: Uint8Array): number {
  let crc = 0
  for (let i = 0; i < page.length; i++) {
    const byte = i >= CHECKSUM_AT && i < CHECKSUM_AT + 4 ? 0 : (page[i] ?? 0)
    crc = (crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)
  }
  return crc >>> 0
}

/**
 * Cuts Ogg bytes, given piece by piece, into whole pages. What is no page, or fails its checksum, is skipped: the
 * decoders behind it take cut and foreign pages for sound and return seconds of it that do not exist.
 */
export class OggPageReader {
  /** Whether bytes between two pages, or a page cut at the end, were lost. */
  damaged = false
  #pending: Uint8Array = new Uint8Array(0)
  #lost = false

  /** Whole pages in these and earlier bytes. */
  push(added: Uint8Array): OggPage[] {
    const bytes = new Uint8Array(this.#pending.length + added.length)
    bytes.set(this.#pending)
    bytes.set(added, this.#pending.length)
    const pages: OggPage[] = []
    let offset = 0
    while (offset < bytes.length) {
      const page = pageAt(bytes, offset)
      if (page === 'more') break
      if (page === null) {
        this.#lost = true
        const next = bytes.indexOf(CAPITAL_O, offset + 1)
        offset = next < 0 ? bytes.length : next
        continue
      }
      if (this.#lost) this.damaged = true
      this.#lost = false
      pages.push(page)
      offset += page.bytes.length
    }
    this.#pending = bytes.slice(offset)
    return pages
  }

  /** Pages behind a last one that is cut (or only seemed to begin), when the file has ended. */
  finish(): OggPage[] {
    const pages: OggPage[] = []
    while (this.#pending.length > 0) {
      this.damaged = true
      const next = this.#pending.indexOf(CAPITAL_O, 1)
      if (next < 0) break
      const rest = this.#pending.slice(next)
      this.#pending = new Uint8Array(0)
      pages.push(...this.push(rest))
    }
    return pages
  }
}

function pageAt(bytes: Uint8Array, offset: number): OggPage | 'more' | null {
  for (let i = 0; i < 4; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined) return 'more'
    if (byte !== 'OggS'.charCodeAt(i)) return null
  }
  if (offset + HEADER_BYTES > bytes.length) return 'more'
  const segments = bytes[offset + 26] ?? 0
  const bodyStart = HEADER_BYTES + segments
  if (offset + bodyStart > bytes.length) return 'more'
  let length = bodyStart
  for (let i = HEADER_BYTES; i < bodyStart; i++) length += bytes[offset + i] ?? 0
  if (offset + length > bytes.length) return 'more'

  const page = bytes.slice(offset, offset + length)
  const view = new DataView(page.buffer)
  if (view.getUint32(CHECKSUM_AT, true) !== oggChecksum(page)) return null
  const flags = page[FLAGS_AT] ?? 0
  const granule = view.getBigInt64(6, true)
  return {
    bytes: page,
    begins: (flags & 2) !== 0,
    ends: (flags & 4) !== 0,
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: granule < 0n ? null : granule,
    bodyStart,
  }
}

/** Takes the "last page" mark off, so that a decoder leaves the cutting at the end to us. */
export function clearLastPageMark(page: OggPage): Uint8Array {
  page.bytes[FLAGS_AT] = (page.bytes[FLAGS_AT] ?? 0) & ~4
  return page.bytes
}
