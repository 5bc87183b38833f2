import { contract } from '@contract'
import { describe, expect, it } from 'vitest'
import { workerFor } from './routes'

/** Calls that the shell answers itself: they open the system's dialogs, or need several workers one after the other. */
const SHELL = new Set(['exports.save', 'exports.reveal', 'timing.align', 'retention.purge'])

/** Features that are the shell's as a whole: which workspace, and what to do where it can't be opened. */
const WHOLE = new Set(['workspace', 'trouble', 'updates', 'protection', 'drafts'])

describe('routes', () => {
  it('give every call of the contract that is not the shell’s to a worker', () => {
    for (const [feature, calls] of Object.entries(contract))
      for (const call of Object.keys(calls))
        if (!WHOLE.has(feature) && !SHELL.has(`${feature}.${call}`))
          expect(workerFor(feature, call), `${feature}.${call}`).not.toBeNull()
  })

  it('keep saving what people write apart from everything else', () => {
    const people = ['annotations', 'reviews', 'searches', 'timing']
    const others = Object.keys(contract).filter((f) => !people.includes(f))
    for (const feature of others) expect(workerFor(feature, 'x')).not.toBe('reviews')
  })

  it('know own names only', () => {
    expect(workerFor('constructor', 'x')).toBeNull()
    expect(workerFor('__proto__', 'x')).toBeNull()
  })
})
