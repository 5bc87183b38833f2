import { contract } from '@contract'
import { describe, expect, it } from 'vitest'
import { workerFor } from './routes'

/** Calls that the shell answers itself, because they open the system's dialogs. */
const SHELL = new Set(['exports.save', 'exports.reveal'])

describe('routes', () => {
  it('give every call of the contract that is not the shell’s to a worker', () => {
    for (const [feature, calls] of Object.entries(contract))
      for (const call of Object.keys(calls))
        if (feature !== 'workspace' && !SHELL.has(`${feature}.${call}`))
          expect(workerFor(feature, call), `${feature}.${call}`).not.toBeNull()
  })

  it('keep saving what people write apart from everything else', () => {
    const others = Object.keys(contract).filter((f) => !['annotations', 'reviews', 'searches'].includes(f))
    for (const feature of others) expect(workerFor(feature, 'x')).not.toBe('reviews')
  })

  it('know own names only', () => {
    expect(workerFor('constructor', 'x')).toBeNull()
    expect(workerFor('__proto__', 'x')).toBeNull()
  })
})
