import type { Contract, Handlers } from '@contract'
import type { Webhooks } from './webhooks'

export const webhookHandlers = (webhooks: Webhooks): Handlers<Contract['webhooks']> => ({
  status: ({ connectionId }) => webhooks.status(connectionId),
  set: (change) => webhooks.set(change),
  renew: ({ connectionId }) => webhooks.renew(connectionId),
})
