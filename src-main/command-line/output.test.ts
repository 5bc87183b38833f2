import { EarmarkError } from '@contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EXIT, processOutput, reportFailure, usage } from './output'

let stdout = ''
let stderr = ''
beforeEach(() => {
  stdout = ''
  stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})
afterEach(() => vi.restoreAllMocks())

describe("a command's output", () => {
  it('is one object a line on stdout with --json, line breaks in texts included', () => {
    const output = processOutput(true)
    output.progress({ rows: 1 }, '1 row')
    output.result({ text: 'a\nb' }, 'done')
    expect(stdout).toBe('{"rows":1}\n{"text":"a\\nb"}\n')
    expect(stderr).toBe('')
  })

  it('is the result on stdout and the progress on stderr without it', () => {
    const output = processOutput(false)
    output.progress({ rows: 1 }, '1 row')
    output.result({ rows: 2 }, '2 rows')
    expect([stdout, stderr]).toEqual(['2 rows\n', '1 row\n'])
  })
})

describe('a failure', () => {
  it('is a sentence on stderr, and with --json an object with its code as well', () => {
    const error = new EarmarkError('busy', 'The window is at it.', { pid: 7 })
    expect(reportFailure(error, true)).toBe(EXIT.failed)
    expect(stderr).toBe('earmark: The window is at it.\n')
    expect(JSON.parse(stdout)).toEqual({
      type: 'error',
      code: 'busy',
      message: 'The window is at it.',
      details: { pid: 7 },
    })
  })

  it('leaves stdout alone without --json', () => {
    reportFailure(new Error('x'), false)
    expect(stdout).toBe('')
    expect(stderr).toContain('earmark doctor')
  })

  it('is exit code 2 when the command was given wrongly, else 1', () => {
    expect(reportFailure(usage('--end must come after --start.'), false)).toBe(2)
    expect(reportFailure(new EarmarkError('not_found', 'x'), false)).toBe(1)
    expect(reportFailure('thrown text', false)).toBe(1)
  })
})
