import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { listQuarantine } from '../calls/quarantine'
import { quarantinedRaw } from '../calls/retry-quarantine'
import { listFolderFiles } from '../imports/folder-queries'
import type { CallsContext } from '../sync/context'
import { CampaignFinder } from './campaigns'
import { changeFolder, createFolder, requireFolder } from './folders'
import { change, create, createWithoutSecrets, remove, test } from './manage'
import { getConnection, listConnections } from './queries'
import { retryQuarantine } from './retry'

/** `chooseFolder` and `revealFolder` are the shell's: they want the system's dialog and file manager. */
type Here = Omit<Contract['connections'], 'chooseFolder' | 'revealFolder'>

export const connectionHandlers = (
  context: CallsContext,
): Handlers<Here> & Handlers<(typeof internalContract)['connections']> => {
  const finder = new CampaignFinder(context)
  return {
    list: () => listConnections(context.db),
    create: async ({ draft, secrets }) => {
      const { id } = await create(context, draft, secrets)
      return finder.named(id, draft)
    },
    createEphemeral: ({ draft }) => createWithoutSecrets(context, draft),
    update: async ({ id, draft, secrets }) => {
      await change(context, id, draft, secrets)
      return finder.named(id, draft)
    },
    remove: async ({ id }) => {
      await remove(context, id)
      return {}
    },
    test: ({ id, draft, secrets }) => test(context, id, draft, secrets),
    findCampaigns: ({ id, draft, secrets }) => finder.find(id, draft, secrets),
    createFolder: ({ draft }) => createFolder(context, draft),
    updateFolder: ({ id, draft }) => changeFolder(context, id, draft),
    folderFiles: ({ id, onlyProblems }) => {
      requireFolder(getConnection(context.db, id))
      return listFolderFiles(context.db, id, onlyProblems)
    },
    quarantine: ({ connectionId }) => listQuarantine(context.db, connectionId),
    quarantineRaw: ({ id }) => ({ json: quarantinedRaw(context.db, id) }),
    retryQuarantine: ({ connectionId, id }) => retryQuarantine(context, connectionId, id),
  }
}
