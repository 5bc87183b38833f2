import type { Connection, ConnectionId, EarmarkEvent } from '@contract'
import { client } from '../app/client'
import { connectVendor, openDialog, showConnections, useDialog } from '../app/dialogs'
import { queryClient, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { closeToasts, toast, toastFailure } from '../ui'
import { countsLine } from './phases'

/** Toasts on a connection take each other's place. */
export const connectionTopic = (connectionId: ConnectionId): string => `connection ${connectionId}`

/** Starts the sync of one connection; how it goes and ends comes as events. */
export async function startSync(connectionId: ConnectionId): Promise<void> {
  // "… is connected. Sync" has been answered, whichever button was pressed.
  closeToasts(connectionTopic(connectionId))
  try {
    await client.sync.start({ connectionId })
    await queryClient.invalidateQueries({ queryKey: syncStatusQuery.queryKey })
  } catch (thrown) {
    toastFailure(thrown)
  }
}

/** Whether there is something to sync it with: what was imported once has nothing. */
export const isSyncable = ({ kind }: Pick<Connection, 'kind'>): boolean => kind !== 'imported'

/** Starts all connections that have something to sync with; without any, offers to make one. */
export async function syncAll(connections: readonly Connection[]): Promise<void> {
  const running = new Set(
    (queryClient.getQueryData(syncStatusQuery.queryKey) ?? []).map((one) => one.connectionId),
  )
  const idle = connections.filter((one) => isSyncable(one) && !running.has(one.id))
  if (idle.length === 0 && running.size === 0) return connectVendor()
  await Promise.all(idle.map((one) => startSync(one.id)))
}

export const cancelSync = (connectionId: ConnectionId): void => {
  client.sync.cancel({ connectionId }).catch(toastFailure)
}

/** Says how a sync ended. */
export function announceSync(event: Extract<EarmarkEvent, { type: 'sync.done' }>): void {
  const { connectionName: name, outcome, counts, problem, connectionId } = event
  if (event.isRecordingsOnly) {
    announceDownloads(event)
    return
  }
  if (isOfItself(event)) return
  const isWhole = counts.quarantined === 0 && counts.recordings.failed === 0 && problem === null
  const title = t(outcome === 'done' && !isWhole ? 'sync.toast.partly' : `sync.toast.${outcome}`, { name })
  const topic = connectionTopic(connectionId)
  const show = { label: t('sync.toast.show'), perform: () => showConnections(connectionId) }
  if (outcome === 'done')
    toast({
      title,
      topic,
      description: problem === null ? countsLine(counts) : `${countsLine(counts)}. ${problem}`,
      ...(isWhole ? { tone: 'good' } : { action: show }),
    })
  else if (outcome === 'cancelled') toast({ title, topic, description: t('sync.toast.kept') })
  else {
    // Where the connections are open, the reason stands there; over them it would only be in the way.
    const isSaid = useDialog.getState().dialog.kind === 'connections'
    const description = problem ?? t('sync.toast.kept')
    toast({ title, topic, ...(isSaid ? {} : { description }), tone: 'bad', action: show })
  }
}

/**
 * Nobody waits for what began by itself: it is told where it brought something that is not whole. A laptop without a
 * network would say every few minutes that it has none; that stands in the history.
 */
function isOfItself({ trigger, outcome, counts }: Extract<EarmarkEvent, { type: 'sync.done' }>): boolean {
  if (trigger === undefined || trigger === 'person') return false
  return counts.quarantined === 0 || outcome !== 'done'
}

/** Says how downloads ended that were no sync. */
function announceDownloads(event: Extract<EarmarkEvent, { type: 'sync.done' }>): void {
  const { connectionName: name, outcome, counts, problem, connectionId } = event
  const topic = connectionTopic(connectionId)
  const { failed } = counts.recordings
  const how = outcome !== 'done' ? outcome : problem !== null ? 'paused' : failed > 0 ? 'partly' : 'done'
  const settings = {
    label: t('sync.toast.show'),
    perform: () => openDialog({ kind: 'settings', section: 'recordings' }),
  }
  toast({
    title: t(`sync.recordingsToast.${how}`, { name }),
    topic,
    description: problem ?? (outcome === 'cancelled' ? t('sync.recordingsToast.kept') : countsLine(counts)),
    ...(how === 'done' ? { tone: 'good' } : {}),
    ...(how === 'failed' ? { tone: 'bad' } : {}),
    ...(how === 'paused' || how === 'partly' ? { action: settings } : {}),
  })
}
