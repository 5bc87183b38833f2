import type { AnnotationPlace, Turn } from '@contract'
import { useEffect } from 'react'
import { create } from 'zustand'
import { offsetOfPoint, quoteBetween } from './text-offsets'

type QuotePlace = Extract<AnnotationPlace, { kind: 'quote' }>

/** The words selected in the transcript, and where they are on the screen. */
interface SelectedText {
  place: QuotePlace | null
  /** Viewport pixels. */
  box: { left: number; right: number; top: number; bottom: number } | null
}

export const useSelectedText = create<SelectedText>(() => ({ place: null, box: null }))

const NONE: SelectedText = { place: null, box: null }

/** Reads the selection of the transcript that is mounted. */
let read: (() => SelectedText) | null = null

/** The words that are selected at this very moment; the store follows a frame later. */
export const selectedNow = (): QuotePlace | null => (read?.() ?? useSelectedText.getState()).place

export function clearSelection(): void {
  window.getSelection()?.removeAllRanges()
  useSelectedText.setState(NONE)
}

/** Marks the element that holds a turn's text and nothing else. */
export const TURN_TEXT = 'data-turn-text'

/**
 * What is selected inside `container`, as a quote of one turn: a selection that goes on into later turns ends with
 * the first one.
 */
export function selectedIn(container: Element, turns: readonly Turn[]): SelectedText {
  const selection = window.getSelection()
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return NONE
  const range = selection.getRangeAt(0)
  if (!range.intersectsNode(container)) return NONE
  const element = [...container.querySelectorAll(`[${TURN_TEXT}]`)].find((one) => range.intersectsNode(one))
  const turn = element && turns.find((one) => one.index === Number(element.getAttribute(TURN_TEXT)))
  if (!element || !turn) return NONE
  const from = offsetOfPoint(element, range.startContainer, range.startOffset) ?? 0
  const shownLength = element.textContent?.length ?? 0
  const to = offsetOfPoint(element, range.endContainer, range.endOffset) ?? shownLength
  const quote = quoteBetween(turn.text, from, to)
  if (!quote) return NONE
  const { left, right, top, bottom } = range.getBoundingClientRect()
  return { place: { kind: 'quote', turnIndex: turn.index, ...quote }, box: { left, right, top, bottom } }
}

/**
 * Follows the selection in the transcript while mounted. Nothing is said while the pointer still draws it, so
 * that no toolbar gets in its way.
 */
export function useSelectionTracking(container: Element | null, turns: readonly Turn[]): void {
  useEffect(() => {
    if (!container) return
    const owner = new AbortController()
    const { signal } = owner
    let isDrawing = false
    let frame = 0
    const readHere = () => selectedIn(container, turns)
    read = readHere
    const readLater = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        if (!isDrawing) useSelectedText.setState(readHere())
      })
    }
    document.addEventListener('selectionchange', readLater, { signal })
    container.addEventListener(
      'pointerdown',
      () => {
        isDrawing = true
      },
      { signal },
    )
    const ended = () => {
      isDrawing = false
      readLater()
    }
    window.addEventListener('pointerup', ended, { signal })
    window.addEventListener('pointercancel', ended, { signal })
    // The toolbar goes along with the words.
    container.addEventListener('scroll', readLater, { signal, passive: true })
    return () => {
      owner.abort()
      cancelAnimationFrame(frame)
      if (read === readHere) read = null
      useSelectedText.setState(NONE)
    }
  }, [container, turns])
}
