import { EarmarkError, toFailure } from '@contract'

/** Exit codes; part of the published interface. */
export const EXIT = { done: 0, failed: 1, usage: 2, quarantined: 3 } as const

/** Where a command writes. `json`: one object a line on stdout and nothing else there. */
export interface Output {
  json: boolean
  /** The command's result: the object with `--json`, else the text. */
  result: (object: unknown, text: string) => void
  /** Something on the way: as a line on stdout with `--json`, on stderr otherwise. */
  progress: (object: unknown, text: string) => void
}

/** An `Output` onto the process's own streams. */
export function processOutput(json: boolean): Output {
  const line = (stream: NodeJS.WriteStream, text: string) => {
    stream.write(`${text}\n`)
  }
  return {
    json,
    result: (object, text) => line(process.stdout, json ? JSON.stringify(object) : text),
    progress: (object, text) =>
      json ? line(process.stdout, JSON.stringify(object)) : line(process.stderr, text),
  }
}

/** Says a failure (on stderr, and as an object on stdout with `--json`) and gives its exit code. */
export function reportFailure(thrown: unknown, json: boolean): number {
  const { code, message, details } = toFailure(thrown)
  process.stderr.write(`earmark: ${message}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ type: 'error', code, message, details })}\n`)
  return code === 'invalid_input' ? EXIT.usage : EXIT.failed
}

/** An input that can't be used: exit code 2. */
export const usage = (message: string): EarmarkError => new EarmarkError('invalid_input', message)
