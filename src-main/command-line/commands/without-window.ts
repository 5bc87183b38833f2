import { EarmarkError } from '@contract'

/** A failure for want of the window's decoder (AAC) with what to do about it here; another one as it is. */
export function withoutWindow<E>(error: E, whatToDo: string): E | EarmarkError {
  if (!(error instanceof EarmarkError) || error.code !== 'recording_broken') return error
  const reason = String(error.details.reason)
  if (!reason.endsWith('is not supported')) return error
  return new EarmarkError(
    error.code,
    `The command line can’t decode this recording (${reason}). ${whatToDo}`,
    error.details,
    { cause: error },
  )
}
