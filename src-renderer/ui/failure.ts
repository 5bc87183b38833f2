import { toFailure } from '@contract'
import { t } from '../app/words'

/** The words for whatever was thrown: a title by its code, and its own sentence. */
export function describeFailure(thrown: unknown): { code: string; title: string; message: string } {
  const { code, message } = toFailure(thrown)
  return { code, title: t(`errors.${code}.title`), message }
}
