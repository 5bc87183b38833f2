import { EarmarkError, ERROR_CODES } from '@contract'
import { describe, expect, it } from 'vitest'
import { describeFailure } from '../ui/failure'
import { hasWords } from './words'

describe('a failure', () => {
  it('has a title, whatever its code', () => {
    expect(ERROR_CODES.filter((code) => !hasWords(`errors.${code}.title`))).toEqual([])
  })

  it('keeps its own sentence', () => {
    const failure = describeFailure(new EarmarkError('wrong_key', 'Prosper refused the key of "Renewals".'))
    expect(failure).toEqual({
      code: 'wrong_key',
      title: 'The key was refused',
      message: 'Prosper refused the key of "Renewals".',
    })
  })
})
