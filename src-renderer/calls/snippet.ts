import type { SnippetPart } from '@contract'

/** Characters kept before the first match, so that it is in sight in a narrow list. */
const BEFORE = 26

/**
 * A snippet for one line: begins shortly before the first match, at a word where there is one, with "…" for what
 * was left out. Without a match, or with an early one, it stays as it is.
 */
export function lineSnippet(parts: readonly SnippetPart[], before = BEFORE): SnippetPart[] {
  const first = parts.findIndex((part) => part.match)
  if (first < 0) return [...parts]
  const lead = parts
    .slice(0, first)
    .map((part) => part.text)
    .join('')
  if (lead.length <= before) return [...parts]
  const cut = lead.slice(-before)
  const space = cut.search(/\s/)
  // A half pair at the cut would show as a broken sign; a word's beginning never is one.
  const kept = space >= 0 ? cut.slice(space).trimStart() : cut.replace(/^[\udc00-\udfff]/, '')
  return [{ text: `…${kept}`, match: false }, ...parts.slice(first)]
}
