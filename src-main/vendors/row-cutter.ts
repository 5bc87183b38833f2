/**
 * Cuts the elements of one array out of JSON that comes in pieces of bytes, so that an answer of any size can be read
 * with the memory of its largest row. What is cut off is text that `JSON.parse` reads, row by row; what stands around
 * the array is collected, with an empty array in its place. Only as much of the grammar is known here as it takes to
 * find borders (RFC 8259: strings, escapes, brackets, white space); whether a row is JSON is for its parser to say.
 */

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** No path has a longer key. */
const MAX_KEY_BYTES = 1000

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

export interface CutterLimits {
  /** Of one row; a longer one is not kept, but its beginning is. */
  maxRowBytes: number
  /** Of a row that is too long or too deep. */
  beginningBytes: number
  /** Brackets within brackets, of a row and of what stands around the rows. */
  maxDepth: number
  /** Of what stands around the rows. */
  maxEnvelopeBytes: number
  /** White space in a row: more is no JSON that anybody wrote. */
  maxSpaceBytes: number
}

/** An element of the array: its bytes, or the beginning of one that is too long or too deep to be read. */
export type CutRow =
  | { kind: 'row'; bytes: Buffer }
  | { kind: 'too-long' | 'too-deep'; beginning: Buffer; size: number }

export interface CutterHooks {
  onRow: (row: CutRow) => void
  /** The array begins; `envelope`: what came before, closed to be JSON. */
  onArray: (envelope: string) => void
}

/** Why reading on is of no use: it is no JSON, holds more white space than anybody writes, or too much beside its rows. */
export type CutFault = 'syntax' | 'space' | 'envelope'

/** How it ended: `envelope` is all of it but the rows. `isWhole`: nothing is missing, and brackets match. */
export interface CutEnd {
  envelope: string
  isWhole: boolean
}

interface Frame {
  isObject: boolean
  key: string | null
  isAtKey: boolean
}

export class RowCutter {
  readonly #paths: readonly (readonly string[])[]
  readonly #limits: CutterLimits
  readonly #hooks: CutterHooks
  #mode: 'envelope' | 'between' | 'row' = 'envelope'
  #fault: CutFault | null = null
  #spaces = 0
  #inString = false
  #isEscaped = false

  #stack: Frame[] = []
  #envelope: Buffer[] = []
  #envelopeBytes = 0
  /** The bytes of the key that is being read; null: none is. */
  #key: number[] | null = null

  /** Between rows: what may come. */
  #expected: 'first' | 'value' | 'separator' = 'first'

  #row: Buffer[] = []
  #rowBytes = 0
  #depth = 0
  #isScalar = false
  #tooBig: 'too-long' | 'too-deep' | null = null

  /** `paths`: keys that lead from the root to the array; `[]` is the root itself. */
  constructor(paths: readonly (readonly string[])[], limits: CutterLimits, hooks: CutterHooks) {
    this.#paths = paths
    this.#limits = limits
    this.#hooks = hooks
  }

  /** The next piece; answers why there is no use in another one, or null. */
  push(chunk: Uint8Array): CutFault | null {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let at = 0
    while (at < bytes.length && this.#fault === null) {
      if (this.#mode === 'envelope') at = this.#readEnvelope(bytes, at)
      else if (this.#mode === 'between') at = this.#readBetween(bytes, at)
      else at = this.#readRow(bytes, at)
    }
    return this.#fault
  }

  end(): CutEnd {
    const isWhole = this.#mode === 'envelope' && this.#stack.length === 0 && !this.#inString
    return { envelope: this.#envelopeText(), isWhole: isWhole && this.#fault === null }
  }

  #envelopeText(): string {
    return Buffer.concat(this.#envelope).toString('utf8')
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return
    this.#envelopeBytes += to - from
    if (this.#envelopeBytes > this.#limits.maxEnvelopeBytes) this.#fault = 'envelope'
    else this.#envelope.push(Buffer.from(bytes.subarray(from, to)))
  }

  #countSpace(): void {
    this.#spaces += 1
    if (this.#spaces > this.#limits.maxSpaceBytes) this.#fault = 'space'
  }

  /** What stands around the rows, up to the array's beginning or the chunk's end. Runs of white space become one. */
  #readEnvelope(bytes: Buffer, start: number): number {
    let kept = start
    for (let at = start; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#inString = false
        if (this.#key !== null && this.#key.length < MAX_KEY_BYTES) this.#key.push(byte)
        if (!this.#inString) this.#endKey()
        continue
      }
      if (isSpace(byte)) {
        this.#countSpace()
        if (this.#fault !== null) return bytes.length
        if (this.#spaces > 1) {
          this.#keep(bytes, kept, at)
          kept = at + 1
        }
        continue
      }
      this.#spaces = 0
      const top = this.#stack.at(-1)
      if (byte === QUOTE) {
        this.#inString = true
        if (top?.isObject && top.isAtKey) this.#key = [QUOTE]
      } else if (byte === COLON && top) top.isAtKey = false
      else if (byte === COMMA && top?.isObject) top.isAtKey = true
      else if (byte === OPEN_LIST && this.#isRows()) {
        this.#keep(bytes, kept, at + 1)
        this.#hooks.onArray(this.#envelopeText() + this.#closing())
        this.#mode = 'between'
        this.#expected = 'first'
        return at + 1
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        this.#stack.push({ isObject: byte === OPEN_OBJECT, key: null, isAtKey: byte === OPEN_OBJECT })
        if (this.#stack.length > this.#limits.maxDepth) this.#fault = 'syntax'
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        // More closed than opened, or crosswise.
        if (this.#stack.pop()?.isObject !== (byte === CLOSE_OBJECT)) this.#fault = 'syntax'
      }
    }
    this.#keep(bytes, kept, bytes.length)
    return bytes.length
  }

  #endKey(): void {
    const top = this.#stack.at(-1)
    if (this.#key === null || top === undefined) return
    try {
      const key: unknown = JSON.parse(Buffer.from(this.#key).toString('utf8'))
      top.key = typeof key === 'string' ? key : null
    } catch {
      top.key = null
    }
    this.#key = null
  }

  #isRows(): boolean {
    const stack = this.#stack
    return this.#paths.some(
      (path) =>
        path.length === stack.length &&
        path.every((key, level) => {
          const frame = stack[level]
          return frame?.isObject === true && !frame.isAtKey && frame.key === key
        }),
    )
  }

  #closing(): string {
    return `]${this.#stack
      .map(({ isObject }) => (isObject ? '}' : ']'))
      .reverse()
      .join('')}`
  }

  #readBetween(bytes: Buffer, start: number): number {
    for (let at = start; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (isSpace(byte)) {
        this.#countSpace()
        if (this.#fault !== null) return bytes.length
        continue
      }
      this.#spaces = 0
      if (byte === CLOSE_LIST) {
        if (this.#expected === 'value') this.#fault = 'syntax'
        this.#keep(bytes, at, at + 1)
        this.#mode = 'envelope'
        return at + 1
      }
      if (byte === COMMA) {
        if (this.#expected !== 'separator') this.#fault = 'syntax'
        this.#expected = 'value'
        continue
      }
      if (this.#expected === 'separator' || byte === CLOSE_OBJECT || byte === COLON) {
        this.#fault = 'syntax'
        return bytes.length
      }
      const isNested = byte === OPEN_OBJECT || byte === OPEN_LIST
      this.#mode = 'row'
      this.#row = []
      this.#rowBytes = 0
      this.#depth = 0
      this.#tooBig = null
      this.#isScalar = !isNested && byte !== QUOTE
      return at
    }
    return bytes.length
  }

  /** Most bytes of a row stand in strings: their ends are looked for in native code. */
  #readRow(bytes: Buffer, start: number): number {
    const { maxDepth } = this.#limits
    let at = start
    let slash = -1
    while (at < bytes.length) {
      if (this.#inString) {
        if (this.#isEscaped) {
          this.#isEscaped = false
          at += 1
          continue
        }
        if (slash < at) {
          slash = bytes.indexOf(BACKSLASH, at)
          if (slash === -1) slash = bytes.length
        }
        const quote = bytes.indexOf(QUOTE, at)
        if (slash < bytes.length && (quote === -1 || slash < quote)) {
          this.#isEscaped = true
          at = slash + 1
          continue
        }
        if (quote === -1) {
          at = bytes.length
          break
        }
        this.#inString = false
        at = quote + 1
        if (this.#depth === 0) return this.#endRow(bytes, start, at)
        continue
      }
      const byte = bytes[at] ?? 0
      if (isSpace(byte)) {
        if (this.#isScalar) return this.#endRow(bytes, start, at)
        this.#countSpace()
        if (this.#fault !== null) return bytes.length
        at += 1
        continue
      }
      if (this.#spaces > 0) this.#spaces = 0
      if (byte === QUOTE) {
        if (this.#isScalar) this.#fault = 'syntax'
        this.#inString = true
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        this.#depth += 1
        if (this.#depth > maxDepth) this.#tooBig ??= 'too-deep'
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (this.#isScalar) return this.#endRow(bytes, start, at)
        this.#depth -= 1
        if (this.#depth === 0) return this.#endRow(bytes, start, at + 1)
      } else if (byte === COMMA && this.#isScalar) return this.#endRow(bytes, start, at)
      at += 1
    }
    this.#keepRow(bytes, start, at)
    return at
  }

  /** Of a row that is too big only the beginning is kept, in a copy: what the network brought can go. */
  #keepRow(bytes: Buffer, from: number, to: number): void {
    const { maxRowBytes, beginningBytes } = this.#limits
    this.#rowBytes += to - from
    if (this.#rowBytes > maxRowBytes) this.#tooBig ??= 'too-long'
    if (this.#tooBig === null) {
      if (to > from) this.#row.push(bytes.subarray(from, to))
      return
    }
    const before = Buffer.concat(this.#row)
    if (before.length === beginningBytes) return
    const more = bytes.subarray(from, Math.min(to, from + Math.max(0, beginningBytes - before.length)))
    this.#row = [Buffer.concat([before.subarray(0, beginningBytes), more])]
  }

  #endRow(bytes: Buffer, from: number, to: number): number {
    this.#keepRow(bytes, from, to)
    const [first] = this.#row
    const whole = this.#row.length === 1 && first !== undefined ? first : Buffer.concat(this.#row)
    this.#row = []
    this.#mode = 'between'
    this.#expected = 'separator'
    if (this.#tooBig === null) this.#hooks.onRow({ kind: 'row', bytes: whole })
    else this.#hooks.onRow({ kind: this.#tooBig, beginning: whole, size: this.#rowBytes })
    return to
  }
}
