import type { Annotation, AnnotationPlace } from '@contract'
import { describe, expect, it } from 'vitest'
import { regionsOf } from './regions'

let made = 0
function annotation(place: AnnotationPlace, times: Partial<Annotation> = {}): Annotation {
  made += 1
  return {
    id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    parentId: null,
    callId: 'a'.repeat(16),
    place,
    turnIndex: null,
    turnSpeaker: null,
    turnText: null,
    startSec: null,
    endSec: null,
    timingSource: null,
    label: 'Label',
    severity: null,
    comment: '',
    reviewer: 'R',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    status: 'anchored',
    written: { turnIndex: null, turnText: null, quote: null },
    ...times,
  }
}

describe('annotations on the waveform', () => {
  it('lie where their times are, as shares of the whole', () => {
    const [region] = regionsOf([annotation({ kind: 'time', startSec: 20, endSec: 30 })], 80)
    expect(region).toMatchObject({ left: 0.25, width: 0.125 })
  })

  it('take the times of their turn', () => {
    const [region] = regionsOf([annotation({ kind: 'turn', turnIndex: 3 }, { startSec: 8, endSec: 16 })], 80)
    expect(region).toMatchObject({ left: 0.1, width: 0.1 })
  })

  it('are left out when they have no place in time', () => {
    const without = [
      annotation({ kind: 'call' }, { startSec: 0, endSec: 80 }),
      annotation({ kind: 'turn', turnIndex: 1 }),
      annotation({ kind: 'time', startSec: 90, endSec: 95 }),
      annotation({ kind: 'turn', turnIndex: 1 }, { startSec: 3, endSec: 4, status: 'orphaned' }),
    ]
    expect(regionsOf(without, 80)).toEqual([])
    expect(regionsOf([annotation({ kind: 'time', startSec: 0, endSec: 1 })], 0)).toEqual([])
  })

  it('end with the recording', () => {
    const [region] = regionsOf([annotation({ kind: 'time', startSec: 60, endSec: 200 })], 80)
    expect(region?.width).toBeCloseTo(0.25)
  })

  it('put their flags below each other where they are close', () => {
    const close = [10, 10.2, 10.4, 40].map((startSec) =>
      annotation({ kind: 'time', startSec, endSec: startSec + 1 }),
    )
    expect(regionsOf(close, 80).map((region) => region.row)).toEqual([0, 1, 2, 0])
  })
})
