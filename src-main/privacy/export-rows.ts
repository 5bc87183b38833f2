import { type CallRow, maskNumber, maskNumbers } from '@contract'
import type { AnnotationRow, CallCsvRow } from '../exports/columns'
import { REDACTED, type RedactedCounts, redactText } from './redact'

/** What is done to an exported text: nothing, numbers masked, or redacted. */
export type Cover = { kind: 'none' } | { kind: 'mask' } | { kind: 'redact'; counts: RedactedCounts }

/** A row of the annotations' export with its texts covered; offsets of the quote stay those of the text beside them. */
export function coverAnnotation(row: AnnotationRow, cover: Cover): AnnotationRow {
  if (cover.kind === 'none') return row
  const { record, shown } = row
  if (cover.kind === 'mask')
    return {
      ...row,
      record: { ...record, comment: maskNumbers(record.comment), quote: orNull(record.quote, maskNumbers) },
      shown: { ...shown, turn_text: orNull(shown.turn_text, maskNumbers) },
    }
  const redact = (text: string) => redactText(text, cover.counts)
  const comment = redact(record.comment).text
  const { turn_text: turnText, quote_start: start, quote_end: end } = shown
  const turn = turnText === null ? null : redact(turnText)
  if (turn === null || start === null || end === null)
    return {
      ...row,
      record: { ...record, comment, quote: orNull(record.quote, (text) => redact(text).text) },
      shown: { ...shown, turn_text: turn?.text ?? null },
    }
  const [from, to] = [turn.place(start, 'start'), turn.place(end, 'end')]
  return {
    ...row,
    // Cut out of the turn again, so that half a number at its border is covered as well.
    record: { ...record, comment, quote: record.quote === null ? null : turn.text.slice(from, to) },
    shown: { ...shown, turn_text: turn.text, quote_start: from, quote_end: to },
  }
}

/** A row of the calls' export with its numbers and its summary covered. */
export function coverCall(row: CallCsvRow, cover: Cover): CallCsvRow {
  if (cover.kind === 'none') return row
  const { call } = row
  const isMask = cover.kind === 'mask'
  const number = (text: string | null): string | null => {
    if (text === null || isMask) return orNull(text, maskNumber)
    if (!/\d{3}/.test(text.replace(/\D/g, ''))) return text
    cover.counts.phone += 1
    return REDACTED.phone
  }
  const summary = (text: string): string => (isMask ? maskNumbers(text) : redactText(text, cover.counts).text)
  const covered: CallRow = {
    ...call,
    from: number(call.from),
    to: number(call.to),
    summary: orNull(call.summary, summary),
  }
  return { ...row, call: covered }
}

const orNull = (text: string | null, change: (text: string) => string): string | null =>
  text === null ? null : change(text)
