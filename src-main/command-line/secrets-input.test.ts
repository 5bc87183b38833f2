import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { secretsFromEnv, secretsFromStdin } from './secrets-input'

const never = new AbortController().signal
const read = (...chunks: (string | Buffer)[]) => secretsFromStdin(Readable.from(chunks), never)

describe('secrets from standard input', () => {
  it('come as one JSON object, under either spelling, in pieces or with a byte order mark', async () => {
    const both = { apiKey: 'k-1', accessToken: 't-1' }
    expect(await read('{"apiKey":"k-1","accessToken":"t-1"}\n')).toEqual(both)
    expect(await read('{"api_key":"k-1",', '"access_token":"t-1"}')).toEqual(both)
    expect(await read('\uFEFF{"apiKey":"k-1"}')).toEqual({ apiKey: 'k-1', accessToken: null })
    const bytes = Buffer.from('{"apiKey":"schlüssel"}')
    expect(await read(bytes.subarray(0, 15), bytes.subarray(15))).toMatchObject({ apiKey: 'schlüssel' })
  })

  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['no JSON', 'hunter2-secret'],
    ['no object', '"hunter2-secret"'],
    ['null', 'null'],
    ['a list', '["hunter2-secret"]'],
    ['an empty key', '{"apiKey":"","note":"hunter2-secret"}'],
    ['a number', '{"apiKey":12345,"accessToken":"hunter2-secret"}'],
    ['too much', `{"apiKey":"hunter2-secret${'x'.repeat(70_000)}"}`],
  ])('are refused as a wrong use when they are %s, without being repeated', async (_, text) => {
    const failure = await read(text).then(
      () => null,
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 'invalid_input' })
    expect(String(failure)).not.toContain('hunter2')
  })

  it('are not typed at a terminal, where they would be seen', async () => {
    const terminal = Object.assign(Readable.from(['{"apiKey":"k"}']), { isTTY: true })
    await expect(secretsFromStdin(terminal, never)).rejects.toThrow(/--secrets-from-env/)
  })

  it('are no longer waited for once the command is told to stop', async () => {
    const stop = new AbortController()
    const silent = new Readable({ read: () => undefined })
    const reading = secretsFromStdin(silent, stop.signal)
    stop.abort()
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
    expect(silent.destroyed).toBe(true)
  })
})

describe('secrets from the environment', () => {
  it('are the key, and the token where there is one', () => {
    expect(secretsFromEnv({ EARMARK_API_KEY: 'k', EARMARK_ACCESS_TOKEN: 't' })).toEqual({
      apiKey: 'k',
      accessToken: 't',
    })
    expect(secretsFromEnv({ EARMARK_API_KEY: 'k', EARMARK_ACCESS_TOKEN: '' })).toEqual({
      apiKey: 'k',
      accessToken: null,
    })
  })

  it('are asked for by name when the key is missing or empty', () => {
    for (const env of [{}, { EARMARK_API_KEY: '' }, { EARMARK_ACCESS_TOKEN: 't' }])
      expect(() => secretsFromEnv(env)).toThrow(
        expect.objectContaining({
          code: 'secret_missing',
          message: expect.stringContaining('EARMARK_API_KEY'),
        }),
      )
  })
})
