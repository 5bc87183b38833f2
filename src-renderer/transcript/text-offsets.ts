/** What is needed of a DOM node to count text in it (a real `Node` has all of it). */
export interface TextNode {
  readonly nodeType: number
  readonly nodeValue: string | null
  readonly childNodes: ArrayLike<TextNode>
}

const TEXT_NODE = 3

function textLength(node: TextNode): number {
  if (node.nodeType === TEXT_NODE) return node.nodeValue?.length ?? 0
  let length = 0
  for (const child of Array.from(node.childNodes)) length += textLength(child)
  return length
}

/**
 * Where a DOM point (a boundary of a selection) lies in the text of `root`, in UTF-16 units: the text of marks and
 * other elements inside counts as if they were not there. Null when the point is not inside `root`.
 */
export function offsetOfPoint(root: TextNode, container: TextNode, offset: number): number | null {
  let before = 0
  const walk = (node: TextNode): boolean => {
    if (node === container) {
      if (node.nodeType === TEXT_NODE) before += Math.min(offset, node.nodeValue?.length ?? 0)
      else for (const child of Array.from(node.childNodes).slice(0, offset)) before += textLength(child)
      return true
    }
    if (node.nodeType === TEXT_NODE) {
      before += node.nodeValue?.length ?? 0
      return false
    }
    return Array.from(node.childNodes).some(walk)
  }
  return walk(root) ? before : null
}

/** A stretch of a text as it is quoted. */
export interface Quote {
  quote: string
  quoteStart: number
  quoteEnd: number
}

/** The longest quote that the contract takes. */
const MAX_QUOTE = 20_000

/**
 * The quote between two offsets, in either order: white space at its ends and halves of surrogate pairs are left
 * out. Null when nothing is left.
 */
export function quoteBetween(text: string, a: number, b: number): Quote | null {
  let from = Math.max(0, Math.min(a, b))
  let to = Math.min(text.length, Math.max(a, b))
  if (isLow(text, from) && isHigh(text, from - 1)) from += 1
  if (isLow(text, to) && isHigh(text, to - 1)) to -= 1
  if (to - from > MAX_QUOTE) {
    to = from + MAX_QUOTE
    if (isLow(text, to) && isHigh(text, to - 1)) to -= 1
  }
  const raw = text.slice(from, Math.max(from, to))
  const quote = raw.trim()
  if (quote === '') return null
  const quoteStart = from + (raw.length - raw.trimStart().length)
  return { quote, quoteStart, quoteEnd: quoteStart + quote.length }
}

const isHigh = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit < 0xdc00
}
const isLow = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit < 0xe000
}

/** The text node of `root` that has the text's `offset`th UTF-16 unit, and the place in it; null beyond the end. */
export function pointAtOffset(root: Node, offset: number): { node: Node; offset: number } | null {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  let before = 0
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0
    if (offset <= before + length) return { node, offset: offset - before }
    before += length
  }
  return null
}
