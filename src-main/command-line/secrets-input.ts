import { addAbortSignal, type Readable } from 'node:stream'
import { EarmarkError, Secrets } from '@contract'
import { z } from 'zod'
import { usage } from './output'

const MOST_BYTES = 64 * 1024
const EXPECTED = '{"apiKey": "…", "accessToken": "…"} (the token for Malakai only)'

const Given = z.record(z.string(), z.unknown())

/** Secrets of this run from EARMARK_API_KEY and EARMARK_ACCESS_TOKEN. They are stored nowhere. */
export function secretsFromEnv(env: NodeJS.ProcessEnv): Secrets {
  const apiKey = env.EARMARK_API_KEY
  if (!apiKey)
    throw new EarmarkError(
      'secret_missing',
      'EARMARK_API_KEY is not set. Set it (and EARMARK_ACCESS_TOKEN for Malakai), or leave --secrets-from-env out.',
    )
  return Secrets.parse({ apiKey, accessToken: env.EARMARK_ACCESS_TOKEN || null })
}

/**
 * Secrets as one JSON object from standard input; `api_key` and `access_token` are accepted as well.
 * Raises `invalid_input` when there is none; what was read is never repeated in a message.
 */
export async function secretsFromStdin(
  input: Readable & { isTTY?: boolean },
  signal: AbortSignal,
): Promise<Secrets> {
  if (input.isTTY)
    throw usage(
      `The secrets are read from standard input, so that they stay out of the shell's history. Pipe in ${EXPECTED}, or use --secrets-from-env.`,
    )
  const text = (await readAll(input, signal)).trim()
  if (text === '') throw usage(`Standard input is empty. Expected ${EXPECTED}.`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw usage(`Standard input is not JSON. Expected ${EXPECTED}.`)
  }
  const given = Given.safeParse(json).data ?? {}
  const secrets = Secrets.safeParse({
    apiKey: given.apiKey ?? given.api_key,
    accessToken: given.accessToken ?? given.access_token ?? null,
  })
  if (!secrets.success) throw usage(`Standard input holds no usable secrets. Expected ${EXPECTED}.`)
  return secrets.data
}

async function readAll(input: Readable, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of addAbortSignal(signal, input)) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > MOST_BYTES) throw usage('Standard input holds more than secrets can be (64 KiB).')
      chunks.push(bytes)
    }
  } catch (error) {
    if (signal.aborted) throw new EarmarkError('cancelled', 'Stopped before the secrets were read.')
    throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A recovery phrase from standard input, as it was typed. */
export async function phraseFromStdin(
  input: Readable & { isTTY?: boolean },
  signal: AbortSignal,
): Promise<string> {
  if (input.isTTY) process.stderr.write('Type the 24 words of the recovery phrase, then Enter and Ctrl+D:\n')
  const text = await readAll(input, signal)
  if (text.trim() === '')
    throw usage(
      'The recovery phrase is read from standard input, so that it stays out of the shell’s history; nothing came.',
    )
  return text
}

/** The secret of a recording host's log-in from EARMARK_RECORDING_SECRET. */
export function recordingSecretFromEnv(env: NodeJS.ProcessEnv): string {
  const secret = env.EARMARK_RECORDING_SECRET
  if (!secret)
    throw new EarmarkError(
      'secret_missing',
      'EARMARK_RECORDING_SECRET is not set. Set it, or leave --secret-from-env out.',
    )
  return secret
}

/** The secret of a recording host's log-in from standard input: one line, or `{"secret": "…"}`. */
export async function recordingSecretFromStdin(
  input: Readable & { isTTY?: boolean },
  signal: AbortSignal,
): Promise<string> {
  const expected = 'the secret as one line, or as {"secret": "…"}'
  if (input.isTTY)
    throw usage(
      `The secret is read from standard input, so that it stays out of the shell's history. Pipe in ${expected}, or use --secret-from-env.`,
    )
  const text = (await readAll(input, signal)).trim()
  if (text === '') throw usage(`Standard input is empty. Expected ${expected}.`)
  if (!text.startsWith('{')) return text
  let json: unknown = null
  try {
    json = JSON.parse(text)
  } catch {
    // A secret may begin with a brace.
    return text
  }
  const secret = z.object({ secret: z.string().min(1) }).safeParse(json)
  if (!secret.success) throw usage(`Standard input holds no secret. Expected ${expected}.`)
  return secret.data.secret
}
