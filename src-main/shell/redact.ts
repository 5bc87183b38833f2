/** Anything that looks like a secret or a phone number; logs may be shown to others. */
const REDACTIONS: readonly [RegExp, string][] = [
  [/(bearer\s+)\S+/gi, '$1[redacted]'],
  [
    /((?:api[_-]?key|access[_-]?token|authorization|x-access-token)["']?\s*[:=]\s*["']?)[^"'\s,}]+/gi,
    '$1[redacted]',
  ],
  [/\?[^\s"']*/g, '?[redacted]'],
  [/\+\d{6,15}/g, '+[number]'],
]

/** A text without secrets and phone numbers. */
export const redact = (text: string): string =>
  REDACTIONS.reduce((result, [pattern, by]) => result.replace(pattern, by), text)
