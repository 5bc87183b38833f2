import { z } from 'zod'

/**
 * Every way in which a call can fail that somebody may want to tell apart. Codes are stable: tests,
 * scripts and the renderer's words refer to them. A new failure gets a new code here first.
 */
export const ERROR_CODES = [
  'invalid_input',
  'not_found',
  'conflict',
  'cancelled',
  'superseded',
  'busy',
  'internal',
  // the workspace and its files
  'workspace_unusable',
  'workspace_locked',
  'database_damaged',
  'database_too_new',
  'index_damaged',
  'disk_full',
  'file_unreadable',
  'file_unwritable',
  'not_vendor_data',
  // secrets
  'keychain_unavailable',
  'secret_missing',
  // the network and the vendors
  'unreachable',
  'certificate',
  'timeout',
  'wrong_key',
  'wrong_campaign',
  'not_this_vendor',
  'rate_limited',
  'vendor_error',
  'redirected_away',
  'too_large',
  'loopback_only',
  // recordings
  'not_audio',
  'recording_broken',
  'recording_missing',
] as const

export const ErrorCode = z.enum(ERROR_CODES)
export type ErrorCode = z.infer<typeof ErrorCode>

/**
 * The one error class. `message` is a whole sentence for a person: what happened, to what, what to do.
 * It never holds a secret. `details` is for programs: small, plain data.
 */
export class EarmarkError extends Error {
  override readonly name = 'EarmarkError'
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Record<string, string | number | boolean | null> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** What crosses a process or thread border: a value, or a failure with its stable code. */
export type Result<T> =
  | { ok: true; value: T }
  | {
      ok: false
      code: ErrorCode
      message: string
      details: Record<string, string | number | boolean | null>
    }

/** Turns whatever was thrown into the failing half of a `Result`; unknown things become `internal`. */
export function toFailure(thrown: unknown): Extract<Result<never>, { ok: false }> {
  if (thrown instanceof EarmarkError)
    return { ok: false, code: thrown.code, message: thrown.message, details: thrown.details }
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return {
    ok: false,
    code: 'internal',
    message: `Something went wrong inside Earmark (${reason}). Try again; if it stays, run "earmark doctor".`,
    details: {},
  }
}

/** The value of a `Result`, or its failure thrown as an `EarmarkError`. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new EarmarkError(result.code, result.message, result.details)
}
