import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReviewsForWriting, prepareWorkspace } from '../db/workspace'
import { exchangeWorkspace, finishExchange } from './exchange'
import { requireUnused } from './unused'

const NOON = new Date(2026, 4, 20, 12).getTime()
let folder: string
const at = (...names: string[]) => join(folder, ...names)
const whatIsIn = (name: string) => readFileSync(at(name, 'what'), 'utf8')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  for (const name of ['workspace', 'new']) {
    mkdirSync(at(name))
    writeFileSync(at(name, 'what'), name)
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a workspace that is replaced', () => {
  it('is set aside under a dated name of its own, each time', () => {
    expect(exchangeWorkspace(at('workspace'), at('new'), NOON)).toBe(
      at('workspace set aside 2026-05-20 12.00'),
    )
    mkdirSync(at('newer'))
    writeFileSync(at('newer', 'what'), 'newer')
    exchangeWorkspace(at('workspace'), at('newer'), NOON)
    expect(readdirSync(folder).sort()).toEqual([
      'workspace',
      'workspace set aside 2026-05-20 12.00',
      'workspace set aside 2026-05-20 12.00 (2)',
    ])
    expect(whatIsIn('workspace')).toBe('newer')
    expect(whatIsIn('workspace set aside 2026-05-20 12.00')).toBe('workspace')
    expect(whatIsIn('workspace set aside 2026-05-20 12.00 (2)')).toBe('new')
  })

  it('stays as it is when the new one is not there', () => {
    expect(() => exchangeWorkspace(at('workspace'), at('gone'), NOON)).toThrow(/It is as it was/)
    expect(readdirSync(folder).sort()).toEqual(['new', 'workspace'])
    expect(whatIsIn('workspace')).toBe('workspace')
  })

  it('and whose replacing was killed at any step is there, whole, at the next start', () => {
    const plan = JSON.stringify({ aside: 'aside', folder: 'new' })
    // Killed before anything was renamed.
    writeFileSync(at('workspace.exchange.json'), plan)
    finishExchange(at('workspace'))
    expect(whatIsIn('workspace')).toBe('workspace')
    // While the plan was written.
    writeFileSync(at('workspace.exchange.json'), plan.slice(0, 9))
    finishExchange(at('workspace'))
    expect(whatIsIn('workspace')).toBe('workspace')
    // Between the two renamings.
    writeFileSync(at('workspace.exchange.json'), plan)
    renameSync(at('workspace'), at('aside'))
    finishExchange(at('workspace'))
    expect(whatIsIn('workspace')).toBe('new')
    expect(whatIsIn('aside')).toBe('workspace')
    // After both; and where the new one is lost, the old one comes back.
    writeFileSync(at('workspace.exchange.json'), plan)
    finishExchange(at('workspace'))
    expect(whatIsIn('workspace')).toBe('new')
    writeFileSync(at('workspace.exchange.json'), plan)
    rmSync(at('workspace'), { recursive: true })
    finishExchange(at('workspace'))
    expect(whatIsIn('workspace')).toBe('workspace')
    expect(existsSync(at('workspace.exchange.json'))).toBe(false)
  })

  it('is not while anybody has it open', () => {
    const paths = prepareWorkspace(at('workspace'))
    requireUnused(paths.root)
    const db = openReviewsForWriting(paths)
    expect(() => requireUnused(paths.root)).toThrow(/Another Earmark has the workspace open/)
    db.close()
    requireUnused(paths.root)
    // What is damaged is nobody's, and may be what somebody wants to replace.
    writeFileSync(paths.reviewsDb, 'no database')
    requireUnused(paths.root)
  })
})
