import { describe, expect, it } from 'vitest'
import { redact } from './redact'

describe('redact', () => {
  it.each([
    ['Authorization: Bearer sk-12345', 'sk-12345'],
    ['{"x-access-token":"tok_99"}', 'tok_99'],
    ['apiKey=abcdef', 'abcdef'],
    ['GET https://host/a.mp3?X-Signature=deadbeef failed', 'deadbeef'],
    ['call from +14155550134', '4155550134'],
  ])('takes the secret out of "%s"', (text, secret) => {
    expect(redact(text)).not.toContain(secret)
  })

  it('leaves ordinary sentences alone', () => {
    expect(redact('The search worker ended: out of memory')).toBe('The search worker ended: out of memory')
  })
})
