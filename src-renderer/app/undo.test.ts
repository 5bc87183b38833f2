import { afterEach, describe, expect, it } from 'vitest'
import { toastQueue } from '../ui/toast'
import { openCall, useOpenCall } from './open-call'
import { canUndo, offerUndo, undoInMode, undoLast } from './undo'

afterEach(() => {
  toastQueue.clear()
  useOpenCall.setState({ callId: null })
})
const offers = () => toastQueue.visibleToasts.map((one) => one.content.title)

describe('what can be undone by key', () => {
  it('is what was done last, then what was done before', () => {
    const undone: string[] = []
    openCall('aaaaaaaaaaaaaaaa')
    offerUndo({ title: 'First' }, () => void undone.push('first'))
    offerUndo({ title: 'Second' }, () => void undone.push('second'))
    undoLast()
    // Its offer is gone, and what was undone is said.
    expect(offers()).toContain('First')
    expect(offers()).not.toContain('Second')
    undoLast()
    undoLast()
    expect(undone).toEqual(['second', 'first'])
    expect(canUndo()).toBe(false)
  })

  it('is not what was undone by its button', () => {
    const undone: string[] = []
    openCall('bbbbbbbbbbbbbbbb')
    offerUndo({ title: 'Once' }, () => void undone.push('once'))
    toastQueue.visibleToasts.find((one) => one.content.title === 'Once')?.content.action?.perform()
    expect(canUndo()).toBe(false)
    expect(undone).toEqual(['once'])
  })

  it('belongs to its call: another call is not touched', () => {
    const undone: string[] = []
    openCall('cccccccccccccccc')
    offerUndo({ title: 'There' }, () => void undone.push('there'))
    openCall('dddddddddddddddd')
    expect(canUndo()).toBe(false)
    // Also what was written while the next call was being opened.
    offerUndo({ title: 'Late' }, () => void undone.push('late'), 'cccccccccccccccc')
    expect(canUndo()).toBe(false)
    openCall('cccccccccccccccc')
    undoLast()
    undoLast()
    expect(undone).toEqual(['late', 'there'])
  })

  it('is first what was done in a mode', () => {
    const undone: string[] = []
    openCall('eeeeeeeeeeeeeeee')
    offerUndo({ title: 'Before' }, () => void undone.push('before'))
    const end = undoInMode(() => void undone.push('in the mode'))
    undoLast()
    end()
    undoLast()
    expect(undone).toEqual(['in the mode', 'before'])
  })
})
