import type { Link } from '@contract'
import { describe, expect, test } from 'vitest'
import { LinkDesk, linkIn } from './link-desk'

describe('the link among the arguments', () => {
  test('is found behind the switches of Electron and Chromium', () => {
    expect(linkIn(['earmark', '--no-sandbox', '.', '--workspace', '/x', 'earmark://search?q=a'])).toEqual({
      link: { kind: 'search', query: 'a' },
    })
    expect(linkIn(['earmark', 'EARMARK://open?file=/etc/passwd'])).toEqual({ link: null })
    expect(linkIn(['earmark', '.', '/home/a/earmark'])).toBeNull()
  })
})

describe('links that arrive', () => {
  test('wait for the page, the latest of them; later ones go on at once', () => {
    const sent: (Link | null)[] = []
    const desk = new LinkDesk((link) => sent.push(link))
    desk.arrive({ link: { kind: 'search', query: 'a' } })
    desk.arrive({ link: { kind: 'search', query: 'b' } })
    desk.arrive(null)
    expect(sent).toEqual([])
    expect(desk.take()).toEqual({ link: { kind: 'search', query: 'b' } })
    expect(desk.take()).toBeNull()
    desk.arrive({ link: null })
    expect(sent).toEqual([null])
  })
})
