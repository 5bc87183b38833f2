import { describe, expect, it } from 'vitest'
import { temporaryWorkspace } from '../db/testing'
import { openCallsForWriting } from '../db/workspace'
import { workspaceId } from '../db/workspace-id'
import { memorySecrets } from '../sync/testing'
import { forgetSecrets, inWorkspace, readSecrets, storeSecrets } from './accounts'

describe('secrets of a connection', () => {
  it('belong to one workspace: the same connection in another one keeps its own', async () => {
    const keychain = memorySecrets()
    const [one, two] = [inWorkspace(keychain, 'w1'), inWorkspace(keychain, 'w2')]
    await storeSecrets(one, 'aaaaaaaaaaaa', { apiKey: 'first', accessToken: 'token' })
    await storeSecrets(two, 'aaaaaaaaaaaa', { apiKey: 'second', accessToken: null })
    await forgetSecrets(two, 'aaaaaaaaaaaa')
    expect(await readSecrets(one, 'aaaaaaaaaaaa', 'R')).toEqual({ apiKey: 'first', accessToken: 'token' })
    await expect(readSecrets(two, 'aaaaaaaaaaaa', 'R')).rejects.toMatchObject({ code: 'secret_missing' })
  })

  it('stay findable: a workspace has one id for good, and no two have the same', () => {
    const [one, two] = [temporaryWorkspace(), temporaryWorkspace()]
    const idOf = ({ paths }: typeof one) => {
      const db = openCallsForWriting(paths)
      try {
        return workspaceId(db)
      } finally {
        db.close()
      }
    }
    expect(idOf(one)).toBe(idOf(one))
    expect(idOf(one)).not.toBe(idOf(two))
    one.remove()
    two.remove()
  })
})
