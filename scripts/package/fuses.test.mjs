import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FuseV1Options } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RUNTIME_FILE, readJson } from '../setup/places.mjs'
import { FUSES, readFuses, setFuses } from './fuses.mjs'

const runtime = readJson(RUNTIME_FILE)

describe('the fuses that are decided about', () => {
  it('are all that the pinned @electron/fuses knows, in its order', () => {
    const known = Object.values(FuseV1Options).filter((value) => typeof value === 'number')
    expect(FUSES.map(({ option }) => option)).toEqual(known)
  })

  it('differ in one for the build that Playwright drives', () => {
    const differing = FUSES.filter(({ on, automation = on }) => automation !== on).map(({ name }) => name)
    expect(differing).toEqual(['nodeCliInspect'])
  })
})

// On macOS they lie in a framework beside, which is not copied for a test.
describe.runIf(runtime !== null && process.platform !== 'darwin')('the fuses of a package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-fuses-'))
  const executable = join(folder, 'electron')
  let read = []
  let forAutomation = []
  beforeAll(async () => {
    copyFileSync(runtime.executablePath, executable, constants.COPYFILE_FICLONE)
    await setFuses(executable, { automation: true })
    forAutomation = await readFuses(executable)
    await setFuses(executable)
    read = await readFuses(executable)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (const [index, { name, on }] of FUSES.entries()) {
    it(`${index + 1}: ${name} is ${on ? 'on' : 'off'}`, () => {
      const { state } = read[index]
      // Only the newest fuse may be one that an older Electron lacks.
      if (name === 'wasmTrapHandlers' && state === null) return
      expect(state).toBe(on)
    })
  }

  it('let the build for Playwright be debugged, and are the same otherwise', () => {
    expect(forAutomation.filter((fuse, at) => fuse.state !== read[at].state)).toEqual([
      { name: 'nodeCliInspect', wanted: false, state: true },
    ])
  })
})
