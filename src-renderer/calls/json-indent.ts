/**
 * JSON with line breaks and indentation, its values untouched to the last digit: numbers that a parser would round
 * and escapes that it would resolve stay as they came. What is not JSON comes out readable, too.
 */
export function indentJson(json: string): string {
  let out = ''
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  // Strings first, so that brackets inside them are not taken for structure.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^\s"[\]{},:]+/gs)) {
    if (token === '{' || token === '[') {
      depth += 1
      out += token + line()
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1)
      // An empty list or object stays on its line.
      out = /[[{]\n *$/.test(out.slice(-400)) ? out.trimEnd() + token : out + line() + token
    } else if (token === ',') out += token + line()
    else if (token === ':') out += ': '
    else out += token
  }
  return out
}
