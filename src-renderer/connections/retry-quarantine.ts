import type { ConnectionId } from '@contract'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { formatNumber, toast, toastFailure } from '../ui'

/** Has records read once more and says what came of it. Never raises. */
export async function retryQuarantine(what: {
  connectionId: ConnectionId | null
  id: number | null
}): Promise<void> {
  try {
    const { readable, stillUnreadable } = await client.connections.retryQuarantine(what)
    const words = (key: string, count: number) =>
      t(`connections.quarantine.${key}`, { count, n: formatNumber(count) })
    toast({
      title: readable > 0 ? words('readable', readable) : t('connections.quarantine.noneReadable'),
      ...(stillUnreadable > 0
        ? { description: words('unreadable', stillUnreadable) }
        : readable > 0
          ? { description: t('connections.quarantine.readableWords') }
          : {}),
      tone: stillUnreadable > 0 ? 'plain' : 'good',
      topic: 'quarantine',
    })
    await Promise.all(
      [['connections'], ['workspace'], ['search']].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    )
  } catch (thrown) {
    toastFailure(thrown)
  }
}
