import type { Turn } from '@contract'
import { useEffect } from 'react'
import { onTick, turnOf, usePlayer } from '../player/player'
import { TURN_TEXT } from './selection'
import { offsetOfPoint, pointAtOffset } from './text-offsets'
import { wordsOf } from './turn-words'
import { type Word, wordAt, wordAtOffset } from './word-times'

/** Names in the stylesheet: `::highlight(spoken-word)`. */
const NAMES = { timed: 'spoken-word', estimated: 'spoken-word-estimated' } as const

/**
 * Marks the word that is heard while the sound plays. By the page's highlights: nothing in the transcript is drawn
 * anew for it, sixty times a second.
 */
export function useSpokenWord(container: Element | null): void {
  useEffect(() => {
    if (!container || CSS.highlights === undefined) return
    let current: { turn: Turn; words: Word[] } | null = null
    let shown: { word: Word; range: Range } | null = null
    const clear = () => {
      shown = null
      for (const name of Object.values(NAMES)) CSS.highlights.delete(name)
    }
    const stop = onTick((sec) => {
      const { activeTurn, isPlaying } = usePlayer.getState()
      const turn = isPlaying ? turnOf(activeTurn) : null
      if (!turn) {
        if (shown) clear()
        return
      }
      if (current?.turn !== turn) current = { turn, words: wordsOf(turn) }
      const word = wordAt(current.words, sec)
      if (word === (shown?.word ?? null) && shown?.range.startContainer.isConnected !== false) return
      clear()
      const element = word && container.querySelector(`[${TURN_TEXT}="${turn.index}"]`)
      if (!element) return
      const from = pointAtOffset(element, word.from)
      const to = pointAtOffset(element, word.to)
      if (!from || !to) return
      const range = document.createRange()
      range.setStart(from.node, from.offset)
      range.setEnd(to.node, to.offset)
      shown = { word, range }
      CSS.highlights.set(turn.timing === 'estimated' ? NAMES.estimated : NAMES.timed, new Highlight(range))
    })
    return () => {
      stop()
      clear()
    }
  }, [container])
}

/** When the word under a place of the screen is said, seconds; null where there is none, or nobody knows. */
export function timeAtPoint(row: Element, x: number, y: number): number | null {
  const element = row.querySelector(`[${TURN_TEXT}]`)
  const turn = element && turnOf(Number(element.getAttribute(TURN_TEXT)))
  const caret = document.caretPositionFromPoint?.(x, y)
  if (!turn || !caret || !element.contains(caret.offsetNode)) return null
  const offset = offsetOfPoint(element, caret.offsetNode, caret.offset)
  return offset === null ? null : (wordAtOffset(wordsOf(turn), offset)?.startSec ?? null)
}
