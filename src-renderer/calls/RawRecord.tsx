import type { CallId } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { Button, Dialog, ErrorState, formatNumber, Spinner } from '../ui'
import { indentJson } from './json-indent'

/** More than this would make the window stutter; the rest is in the export and the command line. */
const MOST_CHARACTERS = 400_000

/** The vendor's record of the call, as it came. */
export function RawRecord({ callId, onClose }: { callId: CallId; onClose: () => void }) {
  const text = useRef<HTMLPreElement>(null)
  const raw = useQuery({
    queryKey: ['calls', 'raw', callId],
    queryFn: () => client.calls.raw({ callId }),
    gcTime: 0,
  })
  const json = raw.data?.json
  const shown = useMemo(() => (json === undefined ? '' : indentJson(json.slice(0, MOST_CHARACTERS))), [json])
  const selectAll = () => {
    if (text.current) window.getSelection()?.selectAllChildren(text.current)
  }
  return (
    <Dialog
      title={t('call.rawTitle')}
      isOpen
      onClose={onClose}
      size="l"
      footer={
        <>
          <span className="ui-dialog-foot-start soft">
            {json !== undefined && json.length > MOST_CHARACTERS
              ? t('call.rawCut', { shown: formatNumber(MOST_CHARACTERS), all: formatNumber(json.length) })
              : t('call.rawHint')}
          </span>
          <Button onPress={selectAll}>{t('call.selectAll')}</Button>
        </>
      }
    >
      {raw.isPending ? <Spinner /> : null}
      {raw.isError ? <ErrorState error={raw.error} onRetry={() => void raw.refetch()} /> : null}
      {json === undefined ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <pre className="raw-record" ref={text} tabIndex={0}>
          {shown}
        </pre>
      )}
    </Dialog>
  )
}
