import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { listQuarantine } from '../calls/quarantine'
import type { CallsContext } from '../sync/context'
import { change, create, createWithoutSecrets, remove, test } from './manage'
import { listConnections } from './queries'

export const connectionHandlers = (
  context: CallsContext,
): Handlers<Contract['connections']> & Handlers<(typeof internalContract)['connections']> => ({
  list: () => listConnections(context.db),
  create: ({ draft, secrets }) => create(context, draft, secrets),
  createEphemeral: ({ draft }) => createWithoutSecrets(context, draft),
  update: ({ id, draft, secrets }) => change(context, id, draft, secrets),
  remove: async ({ id }) => {
    await remove(context, id)
    return {}
  },
  test: ({ id, draft, secrets }) => test(context, id, draft, secrets),
  quarantine: ({ connectionId }) => listQuarantine(context.db, connectionId),
})
