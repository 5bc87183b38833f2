import type { ExportDone, ExportKind } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { FileDown } from 'lucide-react'
import { useEffect, useState } from 'react'
import { client, onEvent } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { t } from '../app/words'
import { PlainExportNote } from '../protection/PlainExportNote'
import { useSearch } from '../search/search-state'
import {
  Banner,
  Button,
  Checkbox,
  Dialog,
  describeFailure,
  FailureBanner,
  formatNumber,
  ProgressBar,
  SegmentedControl,
  toastFailure,
} from '../ui'
import './ExportDialog.css'

/** One life: choosing, writing, written or failed (and back to choosing). */
type State =
  | { kind: 'choosing' }
  | { kind: 'writing'; rows: number; total: number | null }
  | { kind: 'done'; done: ExportDone }
  | { kind: 'failed'; thrown: unknown }

/** Writes annotations or calls as CSV, all or those that the search finds. */
export function ExportDialog() {
  const text = useSearch((search) => search.text)
  const hasQuery = text.trim() !== ''
  const [what, setWhat] = useState<ExportKind>('annotations')
  const [isSearchOnly, setSearchOnly] = useState(hasQuery)
  const [bom, setBom] = useState(true)
  const [raw, setRaw] = useState(false)
  const [redact, setRedact] = useState(false)
  const [state, setState] = useState<State>({ kind: 'choosing' })
  const query = isSearchOnly && hasQuery ? text : null
  const count = useQuery({
    // With 'annotations' and 'search' it would be refreshed by every event; the dialog is short-lived.
    queryKey: ['exports', 'count', what, query],
    queryFn: () => client.exports.count({ what, query }),
    gcTime: 0,
    staleTime: 0,
  })
  const isWriting = state.kind === 'writing'

  useEffect(() => {
    if (!isWriting) return
    return onEvent((event) => {
      if (event.type === 'exports.progress')
        setState((before) =>
          before.kind === 'writing' ? { kind: 'writing', rows: event.rows, total: event.total } : before,
        )
    })
  }, [isWriting])

  const save = async () => {
    setState({ kind: 'writing', rows: 0, total: count.data?.rows ?? null })
    try {
      const done = await client.exports.save({ what, query, bom, raw, redact })
      setState(done ? { kind: 'done', done } : { kind: 'choosing' })
    } catch (thrown) {
      const { code } = describeFailure(thrown)
      setState(code === 'cancelled' ? { kind: 'choosing' } : { kind: 'failed', thrown })
    }
  }
  const stop = () => void client.exports.cancel({}).catch(toastFailure)
  const close = () => {
    if (isWriting) stop()
    closeDialog()
  }
  const rows = count.data?.rows

  return (
    <Dialog
      title={t('exports.title')}
      isOpen
      onClose={close}
      isAnswerNeeded={isWriting}
      footer={
        state.kind === 'done' ? (
          <>
            <Button onPress={() => void client.exports.reveal({}).catch(toastFailure)}>
              {t('exports.show')}
            </Button>
            <Button variant="primary" onPress={close} autoFocus>
              {t('exports.close')}
            </Button>
          </>
        ) : isWriting ? (
          <Button onPress={stop}>{t('exports.cancel')}</Button>
        ) : (
          <>
            <span className="ui-dialog-foot-start soft tabular" role="status">
              {rows === undefined
                ? count.isError
                  ? describeFailure(count.error).message
                  : t('exports.counting')
                : t('exports.rows', { count: rows, n: formatNumber(rows) })}
            </span>
            <Button onPress={close}>{t('ui.cancel')}</Button>
            <Button
              variant="primary"
              icon={<FileDown size={14} aria-hidden="true" />}
              onPress={() => void save()}
              isDisabled={rows === 0}
            >
              {rows === 0 ? t('exports.noRows') : t('exports.save')}
            </Button>
          </>
        )
      }
    >
      {state.kind === 'done' ? (
        <Banner
          tone="good"
          isUrgent
          title={t('exports.done', { count: state.done.rows, n: formatNumber(state.done.rows) })}
        >
          <span className="export-path">{state.done.path}</span>
          {state.done.redacted ? (
            <span className="export-path">{t('exports.redacted', state.done.redacted)}</span>
          ) : state.done.isMasked ? (
            <span className="export-path">{t('exports.masked')}</span>
          ) : null}
        </Banner>
      ) : isWriting ? (
        <div className="export-writing" role="status">
          <span>{t('exports.writing')}</span>
          <ProgressBar label={t('exports.writing')} done={state.rows} total={state.total} />
          <span className="soft tabular">
            {state.total === null
              ? t('exports.rows', { count: state.rows, n: formatNumber(state.rows) })
              : t('exports.written', { n: formatNumber(state.rows), total: formatNumber(state.total) })}
          </span>
        </div>
      ) : (
        <div className="export-form">
          {state.kind === 'failed' ? <FailureBanner error={state.thrown} isUrgent /> : null}
          <PlainExportNote />
          <div className="export-choice">
            <span className="ui-label">{t('exports.what')}</span>
            <SegmentedControl
              label={t('exports.what')}
              options={[
                { id: 'annotations', label: t('exports.annotations') },
                { id: 'calls', label: t('exports.calls') },
              ]}
              value={what}
              onChange={setWhat}
            />
            <span className="ui-hint">
              {what === 'annotations' ? t('exports.annotationsHint') : t('exports.callsHint')}
            </span>
          </div>
          {hasQuery ? (
            <div className="export-choice">
              <span className="ui-label">{t('exports.which')}</span>
              <SegmentedControl
                label={t('exports.which')}
                options={[
                  { id: 'search', label: t('exports.search') },
                  { id: 'all', label: t('exports.all') },
                ]}
                value={isSearchOnly ? 'search' : 'all'}
                onChange={(id) => setSearchOnly(id === 'search')}
              />
              <span className="ui-hint export-query">
                {isSearchOnly ? t('exports.searchHint', { query: text.trim() }) : '\u00a0'}
              </span>
            </div>
          ) : null}
          <Checkbox isSelected={bom} onChange={setBom} description={t('exports.bomHint')}>
            {t('exports.bom')}
          </Checkbox>
          <Checkbox isSelected={redact} onChange={setRedact} description={t('exports.redactHint')}>
            {t('exports.redact')}
          </Checkbox>
          <Checkbox isSelected={raw} onChange={setRaw} description={t('exports.rawHint')}>
            {t('exports.raw')}
          </Checkbox>
        </div>
      )}
    </Dialog>
  )
}
