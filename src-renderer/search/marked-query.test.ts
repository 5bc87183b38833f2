import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allProblems, markQuery } from './marked-query'

describe('the marks behind the search box', () => {
  it('stand on filters and phrases', () => {
    expect(markQuery('refund sentiment:negative "cancel my" ')).toEqual([
      { text: 'refund ', kind: 'plain' },
      { text: 'sentiment:negative', kind: 'filter' },
      { text: ' ', kind: 'plain' },
      { text: '"cancel my"', kind: 'phrase' },
      { text: ' ', kind: 'plain' },
    ])
  })

  it('stand on operators in capitals and on brackets, also inside of groups', () => {
    expect(
      markQuery('(house OR "a flat") NOT x or -status:failed NEAR(a b, 2)')
        .filter(({ kind }) => kind !== 'plain')
        .map(({ text, kind }) => `${kind} ${text}`),
    ).toEqual([
      'operator (',
      'operator OR',
      'phrase "a flat"',
      'operator )',
      'operator NOT',
      'filter -status:failed',
      'operator NEAR(a b, 2)',
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
