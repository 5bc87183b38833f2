import type { Connection } from '@contract'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { connectionTopic, startSync } from '../sync/actions'
import { toast } from '../ui'

/** Shows a saved connection in the lists and says so; a new one offers its first sync. */
export async function noteSaved(saved: Connection, isNew: boolean): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['connections'] })
  const topic = connectionTopic(saved.id)
  if (!isNew) toast({ title: t('connections.form.changed', { name: saved.name }), tone: 'good', topic })
  else if (saved.kind === 'folder')
    toast({
      title: t('connections.folder.saved', { name: saved.name }),
      description: t('connections.folder.savedWords'),
      tone: 'good',
      topic,
    })
  else
    toast({
      title: t('connections.form.saved', { name: saved.name }),
      description: t('connections.form.savedWords'),
      tone: 'good',
      topic,
      action: { label: t('sync.short'), perform: () => void startSync(saved.id) },
    })
}
