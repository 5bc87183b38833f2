import { describe, expect, it } from 'vitest'
import { lineSnippet } from './snippet'

const plain = (text: string) => ({ text, match: false })
const mark = (text: string) => ({ text, match: true })
const long = 'You charged me eighty-nine dollars for a router that I sent back. I want a '

describe('the snippet of a row', () => {
  it('begins shortly before its first match, at a word', () => {
    expect(lineSnippet([plain(long), mark('refund'), plain('.')], 20)).toEqual([
      plain('…back. I want a '),
      mark('refund'),
      plain('.'),
    ])
  })

  it('stays whole when the match is early, or when there is none', () => {
    expect(lineSnippet([plain('I want a '), mark('refund')])).toEqual([plain('I want a '), mark('refund')])
    expect(lineSnippet([plain(long)])).toEqual([plain(long)])
  })

  it('cuts text without spaces too, and never through the middle of a sign', () => {
    const [first] = lineSnippet([plain(`${'あ'.repeat(30)}👍👍`), mark('家')], 3)
    expect(first?.text).toBe('…👍')
  })
})
