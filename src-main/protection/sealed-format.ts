import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/**
 * [Note: Sealed files] A file of a protected workspace, in pieces that can be read and checked one by one:
 *
 * | bytes | what |
 * |---|---|
 * | 8 | "EMSEALED" |
 * | 8 | version, 1, and six zeros |
 * | 32 | salt |
 * | then, for each 64 KiB of content | nonce (12), AES-256-GCM of the content, tag (16) |
 *
 * The file's own key is HKDF-SHA-256 of the workspace's files key, with the salt, and the first 16 bytes as `info`. A
 * piece is bound to its place and to being the last one or not (additional data), after the STREAM construction (Hoang,
 * Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015): pieces that
 * were changed, moved, taken from another file, or left away at the end, are refused. STREAM counts its nonces; here they are random,
 * because a download that was broken off writes a piece at the same place again. All but the last piece are full. The last one may be
 * empty only in an empty file.
 */
export const CONTENT_BYTES = 65_536
const MAGIC = Buffer.from('EMSEALED\u0001\0\0\0\0\0\0\0', 'latin1')
const SALT_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
export const HEADER_BYTES = MAGIC.length + SALT_BYTES
const OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES
export const PIECE_BYTES = CONTENT_BYTES + OVERHEAD_BYTES

/** A new file's first bytes. */
export const newHeader = (): Buffer => Buffer.concat([MAGIC, randomBytes(SALT_BYTES)])

/** Whether a file begins as sealed ones do. */
export const isSealed = (head: Uint8Array): boolean =>
  head.length >= HEADER_BYTES && MAGIC.equals(head.subarray(0, MAGIC.length))

/** The key of the one file that begins with `header`. */
export const fileKey = (files: KeyObject, header: Uint8Array): KeyObject =>
  createSecretKey(
    Buffer.from(
      hkdfSync('sha256', files, header.subarray(MAGIC.length), header.subarray(0, MAGIC.length), 32),
    ),
  )

/** How many bytes a file with so much content takes. */
export const sealedSize = (contentBytes: number): number =>
  HEADER_BYTES + contentBytes + OVERHEAD_BYTES * Math.max(1, Math.ceil(contentBytes / CONTENT_BYTES))

/** How much content a sealed file of this size has; null: no whole file has this size. */
export function contentSize(fileBytes: number): number | null {
  const body = fileBytes - HEADER_BYTES
  const content = body - OVERHEAD_BYTES * Math.max(1, Math.ceil(body / PIECE_BYTES))
  return content >= 0 && sealedSize(content) === fileBytes ? content : null
}

/** Where a piece begins in its file. */
export const pieceStart = (index: number): number => HEADER_BYTES + index * PIECE_BYTES

/** The bytes of one piece. */
export function sealPiece(key: KeyObject, index: number, isLast: boolean, content: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(placeOf(index, isLast))
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

/** A piece's content; null: it is not what was sealed at this place. */
export function openPiece(key: KeyObject, index: number, isLast: boolean, piece: Uint8Array): Buffer | null {
  if (piece.length < OVERHEAD_BYTES || piece.length > PIECE_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, piece.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(placeOf(index, isLast))
  decipher.setAuthTag(piece.subarray(piece.length - TAG_BYTES))
  const content = decipher.update(piece.subarray(NONCE_BYTES, piece.length - TAG_BYTES))
  try {
    decipher.final()
    return content
  } catch {
    return null
  }
}

function placeOf(index: number, isLast: boolean): Buffer {
  const place = Buffer.alloc(9)
  place.writeBigUInt64LE(BigInt(index))
  place.writeUInt8(isLast ? 1 : 0, 8)
  return place
}
