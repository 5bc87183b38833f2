import type { CallDetail } from '@contract'
import { client, onEvent } from '../app/client'
import { queryClient, syncStatusQuery } from '../app/queries'
import { t } from '../app/words'
import { useSearch } from '../search/search-state'
import { confirm, formatBytes, formatNumber, toast, toastFailure } from '../ui'
import { keepWords } from './keep-words'
import { storageQuery } from './queries'

const TOPIC = 'keep offline'
/** Work that takes no longer needs no progress. */
const PROGRESS_AFTER_MS = 600

/** Keeps the recording of one call offline, or lets it go. */
export async function toggleKept(call: Pick<CallDetail, 'id' | 'recording'>): Promise<void> {
  const keep = !call.recording.keptOffline
  try {
    const { toDownload } = await client.recordings.keep({ what: { kind: 'call', callId: call.id }, keep })
    toast({
      title: t(keep ? 'recordings.toast.kept' : 'recordings.toast.letGo'),
      topic: TOPIC,
      tone: 'good',
      ...(toDownload > 0 ? { description: t('recordings.toast.comes') } : {}),
    })
  } catch (thrown) {
    toastFailure(thrown)
  }
}

/** Keeps the recordings of all calls that the search finds, after asking. */
export async function keepFound(): Promise<void> {
  const query = useSearch.getState().text
  try {
    const [preview, storage] = await Promise.all([
      client.recordings.keepPreview({ query }),
      queryClient.fetchQuery({ ...storageQuery, staleTime: 0 }),
    ])
    if (preview.calls === 0) return void toast({ title: t('recordings.keep.nothing'), topic: TOPIC })
    if (preview.kept === preview.calls && preview.toDownload === 0)
      return void toast({ title: t('recordings.keep.already'), topic: TOPIC })
    const words = keepWords(preview, storage)
    if (!(await confirm({ ...words, confirmLabel: t('recordings.keep.confirm') }))) return
    await keepQuery(query, true, preview.kept === 0)
  } catch (thrown) {
    toastFailure(thrown)
  }
}

/** Lets the recordings of all calls that the search finds be removed again, after asking. */
export async function letGoFound(): Promise<void> {
  const query = useSearch.getState().text
  try {
    const { kept } = await client.recordings.keepPreview({ query })
    if (kept === 0) return void toast({ title: t('recordings.keep.nothingKept'), topic: TOPIC })
    const isSure = await confirm({
      title: t('recordings.keep.letTitle', { count: kept, n: formatNumber(kept) }),
      body: t('recordings.keep.letWords'),
      confirmLabel: t('recordings.keep.letConfirm'),
    })
    if (isSure) await keepQuery(query, false, false)
  } catch (thrown) {
    toastFailure(thrown)
  }
}

async function keepQuery(query: string, keep: boolean, canUndo: boolean): Promise<void> {
  const startedAtMs = Date.now()
  let said = 0
  const unsubscribe = onEvent((event) => {
    if (event.type !== 'recordings.keeping' || Date.now() - startedAtMs < PROGRESS_AFTER_MS) return
    if (Date.now() - said < 1000) return
    said = Date.now()
    toast({
      title: t('recordings.toast.running'),
      description: t('recordings.toast.so_far', { n: formatNumber(event.done) }),
      topic: TOPIC,
      action: {
        label: t('recordings.toast.cancel'),
        perform: () => void client.recordings.cancelKeep({}).catch(toastFailure),
      },
    })
  })
  try {
    const { calls, toDownload, isCancelled } = await client.recordings.keep({
      what: { kind: 'query', query },
      keep,
    })
    const parts = [
      ...(isCancelled ? [t('recordings.toast.cancelled')] : []),
      ...(toDownload > 0
        ? [t('recordings.toast.toDownload', { count: toDownload, n: formatNumber(toDownload) })]
        : []),
    ]
    toast({
      title: t(keep ? 'recordings.toast.keptCalls' : 'recordings.toast.letGoCalls', {
        count: calls,
        n: formatNumber(calls),
      }),
      topic: TOPIC,
      tone: isCancelled ? 'plain' : 'good',
      ...(parts.length > 0 ? { description: parts.join(' ') } : {}),
      ...(keep && canUndo
        ? {
            action: {
              label: t('recordings.toast.undo'),
              perform: () => void keepQuery(query, false, false).catch(toastFailure),
            },
          }
        : {}),
    })
  } finally {
    unsubscribe()
  }
}

/** Downloads what waits in line; how it goes is shown as of a sync. */
export async function downloadWaiting(): Promise<void> {
  try {
    const { connections, busy } = await client.recordings.downloadWaiting({})
    if (connections === 0 && busy > 0) toast({ title: t('recordings.busy'), topic: TOPIC })
    await queryClient.invalidateQueries({ queryKey: syncStatusQuery.queryKey })
  } catch (thrown) {
    toastFailure(thrown)
  }
}

/** Changes the limit; asks before anything is removed for it. `null`: no limit. */
export async function changeQuota(quotaBytes: number | null): Promise<void> {
  try {
    const plan = await client.recordings.wouldRemove({ quotaBytes })
    if (plan.removed > 0) {
      const isSure = await confirm({
        title: t('recordings.lower.title', { count: plan.removed, n: formatNumber(plan.removed) }),
        body: t('recordings.lower.words', { bytes: formatBytes(plan.freedBytes) }),
        confirmLabel: t('recordings.lower.confirm'),
        tone: 'danger',
      })
      if (!isSure) return
    }
    const done = await client.recordings.setQuota({ quotaBytes })
    if (done.removed > 0)
      toast({
        title: t('recordings.toast.quota', { count: done.removed, n: formatNumber(done.removed) }),
        description: t('recordings.toast.freed', { bytes: formatBytes(done.freedBytes) }),
        topic: TOPIC,
        tone: 'good',
      })
  } catch (thrown) {
    toastFailure(thrown)
  }
}
