import type { WebhookStatus } from '@contract'
import { describe, expect, it } from 'vitest'
import { isWebhookChanged, readWebhookForm, webhookFormOf } from './webhook-form'

const status: WebhookStatus = {
  connectionId: 'aaaaaaaaaaaa',
  isEnabled: true,
  isListening: true,
  port: 4100,
  url: 'http://127.0.0.1:4100/x',
  hasHmac: true,
  hmacHeader: 'x-signature',
  accepted: 0,
  refused: 0,
  lastAt: null,
  problem: null,
}
const form = webhookFormOf(status)
const problemsOf = (changes: Partial<typeof form>) => {
  const read = readWebhookForm({ ...form, ...changes }, status)
  return read.ok ? {} : read.problems
}

describe('the form of a webhook receiver', () => {
  it('keeps the signing secret when none is typed', () => {
    const read = readWebhookForm(form, status)
    expect(read.ok && read.change).toMatchObject({ hmacSecret: null, removeHmac: false, port: 4100 })
    expect(isWebhookChanged(form, status)).toBe(false)
    expect(isWebhookChanged({ ...form, hmacSecret: 'something' }, status)).toBe(true)
  })

  it('takes any free port when none is given', () => {
    const read = readWebhookForm({ ...form, port: ' ' }, status)
    expect(read.ok && read.change.port).toBe(null)
  })

  it('says what is wrong with a port, a header, a secret', () => {
    expect(problemsOf({ port: '80' }).port).toMatch(/1024/)
    expect(problemsOf({ port: 'many' }).port).toMatch(/number/)
    expect(problemsOf({ hmacHeader: 'x y' }).hmacHeader).toMatch(/letters/)
    expect(problemsOf({ hmacSecret: 'short' }).hmacSecret).toMatch(/8 characters/)
  })
})
