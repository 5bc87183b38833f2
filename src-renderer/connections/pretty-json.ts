/** JSON with line breaks; whatever is not JSON (cut off, or broken: that may be why it is here) as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
