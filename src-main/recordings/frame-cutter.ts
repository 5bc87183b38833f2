/** Where a cutter stands when it asks for a frame. */
export interface CutterState<Header> {
  /** The first frame's header, which the others have to agree with; null until one was found. */
  readonly first: Header | null
  /** Whether a frame ended right here: then one header is believed, otherwise several in a row have to agree. */
  readonly isSynced: boolean
  /** Whether no more bytes will come. */
  readonly isAtEnd: boolean
}

/** What frames of a format look like. All offsets count bytes. */
export interface FrameSyntax<Header extends { readonly length: number }> {
  /** The frame that begins at `offset`, whole; null when none does; 'more' when the bytes do not suffice to say. */
  readonly frameAt: (bytes: Uint8Array, offset: number, state: CutterState<Header>) => Header | 'more' | null
  /** The length of a tag that begins at `offset`, which is stepped over; 0: none does. */
  readonly tagAt?: (bytes: Uint8Array, offset: number, state: CutterState<Header>) => number | 'more'
}

/** A frame and where its bytes are: a view into memory that is not written again. */
export interface CutFrame<Header> {
  readonly header: Header
  readonly bytes: Uint8Array
  /** Where its first byte is among all bytes that the cutter was given. */
  readonly start: number
}

/**
 * Cuts bytes, given piece by piece, into whole frames of one stream. Tags are stepped over, damage is skipped up to the
 * next frames that agree. The decoder behind it so never sees anything but frames: on other bytes it may search, complain
 * or stop, and its counting of samples is then nobody's.
 */
export class FrameCutter<Header extends { readonly length: number }> {
  /** The first frame's header: what the stream is. Null until one was found. */
  first: Header | null = null
  /** Whether something between two frames, or the last frame itself, was lost. */
  damaged = false

  readonly #syntax: FrameSyntax<Header>
  #pending: Uint8Array = new Uint8Array(0)
  /** Bytes of a tag that are still to be dropped: tags hold pictures and can be larger than memory should be. */
  #toSkip = 0
  /** How many bytes came before those that are pending. */
  #passedBytes = 0
  #isSynced = false
  #lostBytes = 0

  constructor(syntax: FrameSyntax<Header>) {
    this.#syntax = syntax
  }

  /** Whole frames in these and earlier bytes, in order. */
  push(bytes: Uint8Array): CutFrame<Header>[] {
    return this.#cut(bytes, false)
  }

  /** What is left when the file has ended. */
  finish(): CutFrame<Header>[] {
    return this.#cut(new Uint8Array(0), true)
  }

  #cut(added: Uint8Array, isAtEnd: boolean): CutFrame<Header>[] {
    const bytes = this.#behindPending(added)
    const frames: CutFrame<Header>[] = []
    let offset = 0
    while (offset < bytes.length) {
      const state = { first: this.first, isSynced: this.#isSynced, isAtEnd }
      const tag = this.#syntax.tagAt?.(bytes, offset, state) ?? 0
      if (tag === 'more') break
      if (tag > 0) {
        this.#toSkip += Math.max(0, offset + tag - bytes.length)
        offset = Math.min(bytes.length, offset + tag)
        continue
      }
      const header = this.#syntax.frameAt(bytes, offset, state)
      // At the end, what only might begin a frame is the last one cut in two, or junk with others behind it.
      if (header === 'more' && (!isAtEnd || this.#isSynced)) break
      if (header === null || header === 'more') {
        this.#isSynced = false
        this.#lostBytes++
        offset++
        continue
      }
      // Junk before the first frame is common and loses nothing.
      if (this.first !== null && this.#lostBytes > 0) this.damaged = true
      this.#lostBytes = 0
      this.first ??= header
      this.#isSynced = true
      const frame = bytes.subarray(offset, offset + header.length)
      frames.push({ header, bytes: frame, start: this.#passedBytes + offset })
      offset += header.length
    }
    if (isAtEnd && this.first !== null)
      // A few bytes that somebody put behind the sound are no loss; as many as a frame has were one.
      this.damaged ||= offset < bytes.length || this.#lostBytes >= this.first.length
    this.#passedBytes += offset
    this.#pending = isAtEnd ? new Uint8Array(0) : bytes.subarray(offset)
    return frames
  }

  /** What was left of earlier bytes and these, without what a tag still takes of them. */
  #behindPending(added: Uint8Array): Uint8Array {
    const dropped = Math.min(this.#toSkip, added.length)
    this.#toSkip -= dropped
    this.#passedBytes += dropped
    const fresh = added.subarray(dropped)
    const bytes = new Uint8Array(this.#pending.length + fresh.length)
    bytes.set(this.#pending)
    bytes.set(fresh, this.#pending.length)
    return bytes
  }
}
