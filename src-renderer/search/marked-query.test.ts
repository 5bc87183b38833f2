import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allProblems, markQuery } from './marked-query'

describe('the marks behind the search box', () => {
  it('stand on filters and on nothing else', () => {
    expect(markQuery('refund sentiment:negative "cancel my" ')).toEqual([
      { text: 'refund ', kind: 'plain' },
      { text: 'sentiment:negative', kind: 'filter' },
      { text: ' "cancel my" ', kind: 'plain' },
    ])
  })

  it('show the place of what could not be understood', () => {
    expect(markQuery('colour:red refund')[0]).toEqual({ text: 'colour:red', kind: 'problem' })
  })

  it('never change a letter, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        expect(
          markQuery(text)
            .map((part) => part.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  it('say a problem once although both sides found it', () => {
    const [problem] = allProblems('colour:red ', [])
    if (!problem) throw new Error('no problem was found')
    expect(allProblems('colour:red ', [problem])).toEqual([problem])
  })
})
