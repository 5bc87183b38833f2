import { EarmarkError, type JsonValue } from '@contract'
import type { z } from 'zod'
import { storable } from './values'
import type { Position, VendorConfig } from './vendor'

/**
 * A path below a connection's base URL (which may have a path of its own, with or without a slash at its
 * end), with query parameters; null ones are left out.
 */
export function endpoint(
  config: VendorConfig,
  path: string,
  query: Readonly<Record<string, string | number | null>> = {},
): string {
  const url = new URL(`${config.baseUrl.trim().replace(/\/+$/, '')}/${path}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) url.searchParams.set(name, String(value))
  }
  return url.href
}

/**
 * One piece of a path. URLs swallow `.` and `..`, also when they are encoded: those two are encoded twice,
 * which asks for something that does not exist rather than for something else.
 */
export function pathPart(id: string): string {
  const encoded = encodeURIComponent(storable(id))
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll('.', '%252E') : encoded
}

/** Host and port as a message names them. */
export const hostOf = (config: VendorConfig): string => new URL(config.baseUrl).host

/** The campaign after this one in the order of the configuration; null after the last or without any. */
export function campaignAfter(config: VendorConfig, campaignId: string | null): string | null {
  const index = campaignId === null ? -1 : config.campaignIds.indexOf(campaignId)
  return index === -1 ? null : (config.campaignIds[index + 1] ?? null)
}

/** A stored position as a vendor's planning understands it. Throws `invalid_input`: begin the listing again. */
export function readPosition<T extends Record<string, JsonValue>>(
  schema: z.ZodType<T>,
  position: Position,
): T {
  const parsed = schema.safeParse(position)
  if (parsed.success) return parsed.data
  throw new EarmarkError(
    'invalid_input',
    'The place where the last sync stopped can not be read: begin again.',
  )
}
