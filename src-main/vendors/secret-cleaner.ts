/**
 * Takes secrets out of texts: a vendor that repeats one in its answer must not bring it into a message or a database.
 * Short ones could be ordinary words of a transcript, and are left.
 */
export function secretCleaner(secretHeaders: Readonly<Record<string, string>>): (text: string) => string {
  const needles = new Set<string>()
  for (const value of Object.values(secretHeaders)) {
    for (const secret of [value, value.slice(value.indexOf(' ') + 1)]) {
      if (secret.length < 8) continue
      needles.add(secret)
      needles.add(JSON.stringify(secret).slice(1, -1))
    }
  }
  // The longest first: a header's whole value holds the secret alone.
  const all = [...needles].sort((a, b) => b.length - a.length)
  return (text) => all.reduce((clean, needle) => clean.replaceAll(needle, '[secret]'), text)
}

/** How long a secret can be as it is written in JSON, in bytes: what must not be cut through. */
export const longestSecret = (secretHeaders: Readonly<Record<string, string>>): number =>
  Math.max(0, ...Object.values(secretHeaders).map((value) => 6 * value.length))
