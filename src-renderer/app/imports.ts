import type { ImportDone } from '@contract'
import { create } from 'zustand'
import { toast, toastFailure } from '../ui'
import { client, onEvent } from './client'
import { openCall, useOpenCall } from './open-call'
import { t } from './words'

/** An import that is going on; null when none is. */
export const useImport = create<{ running: { done: number; total: number | null } | null }>(() => ({
  running: null,
}))

/** What an import brought, in one sentence. */
export function importSummary(done: ImportDone): string {
  const parts = [
    ...(done.added > 0 ? [t('app.import.added', { count: done.added })] : []),
    ...(done.updated > 0 ? [t('app.import.updated', { count: done.updated })] : []),
    ...(done.unchanged > 0 ? [t('app.import.unchanged', { count: done.unchanged })] : []),
    ...(done.recordings > 0 ? [t('app.import.recordings', { count: done.recordings })] : []),
    ...(done.quarantined > 0 ? [t('app.import.quarantined', { count: done.quarantined })] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : t('app.import.nothing')
}

async function run(start: () => Promise<ImportDone | null>): Promise<void> {
  if (useImport.getState().running) return
  useImport.setState({ running: { done: 0, total: null } })
  const openBefore = useOpenCall.getState().callId
  const unsubscribe = onEvent((event) => {
    if (event.type === 'import.progress')
      useImport.setState({ running: { done: event.done, total: event.total } })
  })
  try {
    const done = await start()
    if (!done) return
    const tone = done.quarantined > 0 ? 'bad' : 'good'
    toast({ title: t('app.import.done'), description: importSummary(done), tone, topic: 'import' })
    // Whoever opened a call meanwhile stays there.
    if (done.firstCallId && useOpenCall.getState().callId === openBefore) openCall(done.firstCallId)
  } catch (thrown) {
    toastFailure(thrown)
  } finally {
    unsubscribe()
    useImport.setState({ running: null })
  }
}

/** Imports the sample calls and opens one of them. */
export const openSample = (): Promise<void> => run(() => client.workspace.openSample({}))

/** Asks for files and imports them. */
export const importFiles = (): Promise<void> => run(() => client.workspace.importFiles({}))

export const cancelImport = (): void => {
  client.workspace.cancelImport({}).catch(toastFailure)
}
