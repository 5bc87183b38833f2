import { join } from 'node:path'
import { filesWith } from '../files-with'
import { startOwnKeychain } from '../keychain'
import { expect, SAMPLE_FILES, test } from './terminal'

/** Encryption of the workspace, without a window. */

const SAID = 'want to buy a house'

test('a workspace is protected, locked without its key, unlocked with the phrase, and made plain again', async ({
  earmark,
  folder,
  importSample,
}) => {
  test.setTimeout(120_000)
  importSample()
  const workspace = join(folder, 'workspace')
  const keychain = await startOwnKeychain()
  const another = await startOwnKeychain()
  try {
    const { env } = keychain
    const count = async (given: Record<string, string>) =>
      (await earmark(['search', `"${SAID}"`, '--json'], { env: given })).json()[0]?.total
    const plainFiles = filesWith(workspace, [SAID])
    expect(plainFiles.length).toBeGreaterThan(0)
    expect(await count(env)).toBe(1)

    const protecting = await earmark(['protect', '--json'], { env })
    expect(protecting.code).toBe(0)
    const lines = protecting.json()
    const phrase = String(lines.find((line) => line.type === 'recoveryPhrase')?.phrase)
    expect(phrase.split(' ')).toHaveLength(24)
    expect(lines.at(-1)).toMatchObject({ type: 'protection', state: 'protected' })
    expect(filesWith(workspace, [SAID])).toEqual([])
    expect(await count(env)).toBe(1)
    expect((await earmark(['protect'], { env })).stdout).toContain('protected already')
    const doctor = await earmark(['doctor'], { env })
    expect(doctor.stdout).not.toContain('BAD')
    expect(doctor.stdout).toContain('protection: protected')

    // Another computer, or a keychain that was lost.
    const locked = await earmark(['search', SAID], { env: another.env })
    expect(locked.code).toBe(1)
    expect(locked.stderr).toContain('earmark unlock')
    const wrong = await earmark(['unlock'], { env: another.env, stdin: phrase.replace(/^\S+/, 'hoouse') })
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('Word 1 is not a word')
    const unlocked = await earmark(['unlock'], { env: another.env, stdin: phrase })
    expect(unlocked.code).toBe(0)
    expect(unlocked.stdout + unlocked.stderr).not.toContain(phrase.split(' ').slice(0, 3).join(' '))
    expect(await count(another.env)).toBe(1)
    expect(filesWith(workspace, [SAID, phrase])).toEqual([])

    expect((await earmark(['unprotect'], { env: another.env })).code).toBe(0)
    expect(filesWith(workspace, [SAID]).length).toBe(plainFiles.length)
    // No key is needed any more.
    expect(await count({})).toBe(1)
  } finally {
    keychain.stop()
    another.stop()
  }
})

test('a new workspace is protected before anything is in it; its backup opens elsewhere with the phrase', async ({
  earmark,
  folder,
}) => {
  test.setTimeout(120_000)
  const keychain = await startOwnKeychain()
  const another = await startOwnKeychain()
  const elsewhere = { ...another.env, EARMARK_WORKSPACE: join(folder, 'elsewhere') }
  try {
    const { env } = keychain
    const lines = (await earmark(['protect', '--json'], { env })).json()
    const phrase = String(lines.find((line) => line.type === 'recoveryPhrase')?.phrase)
    expect((await earmark(['import', ...SAMPLE_FILES], { env })).code).toBe(0)
    expect((await earmark(['backup', 'all.zip', '--json'], { env })).json().at(-1)).toMatchObject({
      isProtected: true,
    })
    expect(filesWith(folder, [SAID])).toEqual([])

    const restored = await earmark(['restore', 'all.zip'], { env: elsewhere })
    expect(restored.code).toBe(0)
    expect(restored.stdout).toContain('earmark unlock')
    const locked = await earmark(['search', SAID], { env: elsewhere })
    expect(locked.code).toBe(1)
    expect(locked.stderr).toContain('earmark unlock')
    expect((await earmark(['unlock'], { env: elsewhere, stdin: phrase })).code).toBe(0)
    const found = await earmark(['search', `"${SAID}"`, '--json'], { env: elsewhere })
    expect(found.json()[0]?.total).toBe(1)
    expect(filesWith(folder, [SAID, phrase])).toEqual([])
  } finally {
    keychain.stop()
    another.stop()
  }
})
