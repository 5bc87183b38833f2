import type { JsonValue } from '@contract'

/** One line of what a vendor said: where it stands (`analytics › Total Contacts`) and its value. */
export interface Fact {
  path: string
  value: string
}

/** Everything in a vendor's object as lines, in its order; empty lists and objects too, so that nothing hides. */
export function factsOf(value: JsonValue, path: readonly string[] = []): Fact[] {
  const line = (shown: string): Fact[] => [{ path: path.join(' › '), value: shown }]
  if (value === null) return line('–')
  if (typeof value !== 'object') return line(String(value))
  const entries: [string, JsonValue][] = Array.isArray(value)
    ? value.map((item, index) => [String(index + 1), item])
    : Object.entries(value)
  if (entries.length === 0) return path.length === 0 ? [] : line('–')
  return entries.flatMap(([name, item]) => factsOf(item, [...path, name]))
}
