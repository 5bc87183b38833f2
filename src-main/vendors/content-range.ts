/** A part of a file as an answer with status 206 names it; `totalBytes: null`: it does not say (`*`). */
export interface ContentRange {
  first: number
  last: number
  totalBytes: number | null
}

/** Reads `Content-Range: bytes 0-99/1234` (RFC 9110, 14.4); null where it is missing or makes no sense. */
export function parseContentRange(header: string | undefined): ContentRange | null {
  const match = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)\s*$/i.exec(header ?? '')
  if (match === null) return null
  const first = Number(match[1])
  const last = Number(match[2])
  const totalBytes = match[3] === '*' ? null : Number(match[3])
  return last < first || (totalBytes !== null && last >= totalBytes) ? null : { first, last, totalBytes }
}

/** What was received of a file, and how it is asked whether the file is still the same one. */
export interface ReceivedPart {
  bytes: number
  /** An `ETag` or `Last-Modified`, as `strongValidator` gave it. */
  validator: string
  totalBytes: number | null
}

/**
 * What an `If-Range` may carry (RFC 9110, 13.1.5): a strong `ETag`; else a `Last-Modified` that lies at least a second
 * before the answer's `Date` (8.8.2.2), as the file could have changed again in that second; null where there is neither.
 */
export function strongValidator(headers: Readonly<Record<string, string>>): string | null {
  const etag = headers.etag?.trim() ?? ''
  if (/^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) && etag.length < 500) return etag
  const modified = headers['last-modified']?.trim() ?? ''
  const atMs = Date.parse(modified)
  const answeredAtMs = Date.parse(headers.date ?? '')
  const isOld = Number.isFinite(atMs) && Number.isFinite(answeredAtMs) && answeredAtMs - atMs >= 1000
  return isOld && modified.length < 100 ? modified : null
}

/**
 * Whether an answer with status 206 is the rest of the part that is here: it begins where that ends, and belongs to a file
 * of the same length.
 */
export function continues(range: ContentRange | null, part: ReceivedPart): boolean {
  if (range === null || range.first !== part.bytes) return false
  return part.totalBytes === null || range.totalBytes === null || range.totalBytes === part.totalBytes
}
