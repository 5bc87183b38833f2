import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundleForNode } from '../../src-main/db/testing-bundle'
import { filesWith } from '../files-with'
import { KILL_MODES, type KillMode } from './kill-child'
import { killOnce, prepareGround } from './kill-run'
import { randomOf, temporaryFolder } from './material'
import { runUpgrade } from './upgrade-run'

/** In every longer comment that a child writes. */
const SAID = 'ä€🎧 said'

/** How much there is to lose, also on a slow machine. */
const leastOf = (mode: KillMode): number => (mode === 'annotate' ? 11 : 0)

/** `npm run torture:kill` does 1,000, the window and the command line among them; `torture:upgrade` 20 a form. */
test('kill -9 under anything that is going on loses nothing that was acknowledged, and leaves nothing half done', async () => {
  const folder = temporaryFolder('kill-test')
  const bundle = await bundleForNode(join(import.meta.dirname, 'kill-program.ts'))
  const ground = await prepareGround(join(folder.path, 'ground'))
  try {
    const outcomes = []
    for (const [i, mode] of KILL_MODES.entries())
      outcomes.push(await killOnce(ground, [process.execPath, bundle.file], mode, randomOf(i), leastOf(mode)))
    expect(outcomes.flatMap(({ mode, broken }) => broken.map((one) => `${mode}: ${one}`))).toEqual([])
    expect(outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBeGreaterThan(10)
    const released = [
      [1, 1],
      [4, 3],
    ] as const
    const { broken } = await runUpgrade([process.execPath, bundle.file], 2, 1, { released })
    expect(broken).toEqual([])
  } finally {
    await ground.close()
    bundle.remove()
    folder.remove()
  }
})

test('in a protected workspace neither, and no word of it is in the clear after any of the kills', async () => {
  const folder = temporaryFolder('kill-protected-test')
  const bundle = await bundleForNode(join(import.meta.dirname, 'kill-program.ts'))
  const ground = await prepareGround(join(folder.path, 'ground'), true)
  try {
    const outcomes = []
    const clear = []
    for (const [i, mode] of KILL_MODES.filter((one) => one !== 'repair').entries()) {
      outcomes.push(await killOnce(ground, [process.execPath, bundle.file], mode, randomOf(i), leastOf(mode)))
      clear.push(...filesWith(join(ground.folder, 'case', 'workspace'), [SAID]))
    }
    expect(outcomes.flatMap(({ mode, broken }) => broken.map((one) => `${mode}: ${one}`))).toEqual([])
    expect(outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBeGreaterThan(10)
    expect(clear).toEqual([])
  } finally {
    await ground.close()
    bundle.remove()
    folder.remove()
  }
})
