import { z } from 'zod'
import { ConnectionId, call, Instant } from './common'

/**
 * The webhook receiver of a Prosper connection: while the window is open, it takes the vendor's "target finished" on
 * an address of this computer alone, and fetches that call at once. A tunnel or relay brings it there from outside.
 */
export const WebhookStatus = z.object({
  connectionId: ConnectionId,
  isEnabled: z.boolean(),
  isListening: z.boolean(),
  /** The chosen port; null: any that is free (the same again where it still is). */
  port: z.number().int().nullable(),
  /**
   * The loopback address with its secret path, to give to a tunnel or relay; null while not listening or while the
   * keychain is locked. Whoever has it can make Earmark fetch calls, and nothing else.
   */
  url: z.string().nullable(),
  hasHmac: z.boolean(),
  /** The header that carries the signature, in lower case. */
  hmacHeader: z.string(),
  /** Deliveries, counted since the receiver was first switched on. */
  accepted: z.number().int(),
  refused: z.number().int(),
  /** When the last delivery was accepted. */
  lastAt: Instant.nullable(),
  /** What is wrong and what to do: with listening, or with the last delivery; null when nothing is. */
  problem: z.string().nullable(),
})
export type WebhookStatus = z.infer<typeof WebhookStatus>

export const WebhookPort = z
  .number('A port is a number from 1024 to 65535.')
  .int('A port is a whole number.')
  .min(1024, 'Choose a port from 1024 to 65535.')
  .max(65_535, 'Choose a port from 1024 to 65535.')

export const webhooks = {
  /** `not_found`; a connection that can't have a receiver answers `isEnabled: false`. */
  status: call(z.object({ connectionId: ConnectionId }), WebhookStatus),
  /**
   * Switches the receiver on or off, or changes it. A port that is taken is no failure of the call: it is the status's
   * `problem`. `invalid_input` for a connection that can't have a receiver, `keychain_unavailable`.
   */
  set: call(
    z.object({
      connectionId: ConnectionId,
      isEnabled: z.boolean(),
      port: WebhookPort.nullable(),
      /** The key that deliveries are signed with; null: keep the one in the keychain. Never sent back. */
      hmacSecret: z
        .string()
        .min(8, 'A signing secret has at least 8 characters.')
        .max(200, 'A signing secret has at most 200 characters.')
        .nullable(),
      /** Deliveries need no signature any more, and the key is deleted. */
      removeHmac: z.boolean(),
      /** Which header carries the signature; left out: as before ("x-signature" at first). */
      hmacHeader: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,100}$/, 'A header name has letters, digits and hyphens.')
        .optional(),
    }),
    WebhookStatus,
  ),
  /** A new random path; deliveries to the old one are refused at once. Switched off, nothing listens on it yet. */
  renew: call(z.object({ connectionId: ConnectionId }), WebhookStatus),
}
