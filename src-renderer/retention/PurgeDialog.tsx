import type { AnnotationsFate, PurgePreview, PurgeProgress, PurgeRecord } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { client, onEvent } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { t } from '../app/words'
import {
  Banner,
  Button,
  Checkbox,
  Dialog,
  FailureBanner,
  formatBytes,
  formatDate,
  formatNumber,
  ProgressBar,
  SegmentedControl,
  TextField,
  toastFailure,
} from '../ui'
import { previewQuery } from './queries'
import './retention.css'

type State =
  | { kind: 'choosing'; failure: unknown }
  /** What was shown is what goes; it has to be confirmed by a word. */
  | { kind: 'confirming'; preview: PurgePreview; typed: string }
  | { kind: 'purging'; preview: PurgePreview; progress: PurgeProgress | null }
  | { kind: 'done'; record: PurgeRecord }

/** What a purge would take, and, behind a word that has to be typed, the purge. */
export function PurgeDialog({ days: given, asRule }: { days: number; asRule: boolean }) {
  const [typedDays, setTypedDays] = useState(String(given))
  const [annotations, setAnnotations] = useState<AnnotationsFate>('keep')
  const [exportFirst, setExportFirst] = useState(true)
  const [state, setState] = useState<State>({ kind: 'choosing', failure: null })
  const days = /^\d{1,5}$/.test(typedDays.trim()) ? Number(typedDays) : 0
  const isUsable = days >= 1 && days <= 36_500
  const preview = useQuery({ ...previewQuery(days), enabled: isUsable && state.kind === 'choosing' })
  const isPurging = state.kind === 'purging'
  useEffect(() => {
    if (!isPurging) return
    return onEvent((event) => {
      if (event.type === 'retention.progress')
        setState((before) => (before.kind === 'purging' ? { ...before, progress: event.progress } : before))
    })
  }, [isPurging])

  const purge = async (confirmed: PurgePreview) => {
    setState({ kind: 'purging', preview: confirmed, progress: null })
    try {
      const wantsExport = exportFirst && confirmed.annotations > 0
      const { before } = confirmed
      const record = await client.retention.purge({ before, annotations, exportFirst: wantsExport, asRule })
      setState(record ? { kind: 'done', record } : { kind: 'choosing', failure: null })
    } catch (failure) {
      setState({ kind: 'choosing', failure })
    }
  }
  const stop = () => void client.retention.cancel({}).catch(toastFailure)
  const word = t('retention.word')
  const found = preview.data
  const isNothing = found !== undefined && found.calls + found.setAside === 0

  return (
    <Dialog
      title={t('retention.purgeTitle')}
      isOpen
      onClose={closeDialog}
      isAnswerNeeded
      footer={
        state.kind === 'done' ? (
          <Button variant="primary" autoFocus onPress={closeDialog}>
            {t('ui.close')}
          </Button>
        ) : state.kind === 'purging' ? (
          <>
            <Button onPress={stop}>{t('retention.stop')}</Button>
            <Button onPress={closeDialog}>{t('retention.inBackground')}</Button>
          </>
        ) : state.kind === 'confirming' ? (
          <>
            <Button onPress={() => setState({ kind: 'choosing', failure: null })}>
              {t('retention.back')}
            </Button>
            <Button
              variant="danger"
              isDisabled={state.typed.trim().toLowerCase() !== word}
              onPress={() => void purge(state.preview)}
            >
              {t('retention.purgeNow', {
                count: state.preview.calls,
                n: formatNumber(state.preview.calls),
              })}
            </Button>
          </>
        ) : (
          <>
            <Button onPress={closeDialog}>{t('ui.cancel')}</Button>
            <Button
              variant="danger"
              isDisabled={found === undefined || isNothing || !isUsable}
              onPress={() => {
                if (found) setState({ kind: 'confirming', preview: found, typed: '' })
              }}
            >
              {t('retention.next')}
            </Button>
          </>
        )
      }
    >
      <div className="purge">
        {state.kind === 'done' ? (
          <Banner
            tone="good"
            isUrgent
            title={t(state.record.outcome === 'cancelled' ? 'retention.cancelled' : 'retention.done', {
              count: state.record.calls,
              n: formatNumber(state.record.calls),
            })}
          >
            {t('retention.doneWords')}
            {state.record.exportedTo ? <span className="purge-path">{state.record.exportedTo}</span> : null}
          </Banner>
        ) : state.kind === 'purging' ? (
          <Running preview={state.preview} progress={state.progress} />
        ) : state.kind === 'confirming' ? (
          <>
            <Banner tone="bad" title={t('retention.noWayBack')}>
              {t(annotations === 'keep' ? 'retention.keepWords' : 'retention.removeWords')}
            </Banner>
            <TextField
              label={t('retention.typeWord', { word })}
              value={state.typed}
              autoFocus
              onChange={(typed) => setState({ ...state, typed })}
            />
          </>
        ) : (
          <>
            {state.failure === null ? null : <FailureBanner error={state.failure} title={null} isUrgent />}
            <TextField
              label={t('retention.olderThan')}
              value={typedDays}
              inputMode="numeric"
              maxLength={5}
              isReadOnly={asRule}
              onChange={setTypedDays}
              problem={isUsable ? undefined : t('retention.daysProblem')}
            />
            {preview.isError ? (
              <FailureBanner error={preview.error} title={null} />
            ) : found && isUsable ? (
              <Preview preview={found} />
            ) : (
              <p className="ui-hint" role="status">
                {t('retention.counting')}
              </p>
            )}
            {found && found.annotations > 0 ? (
              <div className="purge-choice">
                <span className="ui-label">{t('retention.annotations')}</span>
                {asRule ? null : (
                  <SegmentedControl
                    label={t('retention.annotations')}
                    options={[
                      { id: 'keep', label: t('retention.keep') },
                      { id: 'remove', label: t('retention.remove') },
                    ]}
                    value={annotations}
                    onChange={setAnnotations}
                  />
                )}
                <span className="ui-hint">
                  {t(annotations === 'keep' ? 'retention.keepWords' : 'retention.removeWords')}
                </span>
                <Checkbox isSelected={exportFirst} onChange={setExportFirst}>
                  {t('retention.exportFirst')}
                </Checkbox>
              </div>
            ) : null}
            <p className="ui-hint purge-limits">{t('retention.limits')}</p>
          </>
        )}
      </div>
    </Dialog>
  )
}

function Preview({ preview }: { preview: PurgePreview }) {
  const { calls, setAside, stays, oldest, newest, recordings, recordingBytes, annotations, annotatedCalls } =
    preview
  if (calls + setAside === 0)
    return <p role="status">{t('retention.nothing', { count: stays, n: formatNumber(stays) })}</p>
  const facts = [
    t('retention.facts.recordings', {
      count: recordings,
      n: formatNumber(recordings),
      bytes: formatBytes(recordingBytes),
    }),
    t('retention.facts.annotated', {
      count: annotatedCalls,
      n: formatNumber(annotatedCalls),
      annotations: formatNumber(annotations),
    }),
    ...(preview.keptCalls > 0
      ? [t('retention.facts.kept', { count: preview.keptCalls, n: formatNumber(preview.keptCalls) })]
      : []),
    ...(setAside > 0 ? [t('retention.facts.setAside', { count: setAside, n: formatNumber(setAside) })] : []),
  ]
  return (
    <div className="purge-preview" role="status">
      <strong>
        {t('retention.goes', { count: calls, n: formatNumber(calls), stays: formatNumber(stays) })}
      </strong>
      {oldest && newest ? (
        <span className="soft">
          {t('retention.range', { from: formatDate(oldest), to: formatDate(newest) })}
        </span>
      ) : null}
      <ul>
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      <table className="purge-sources tabular">
        <thead>
          <tr>
            <th scope="col">{t('retention.source')}</th>
            <th scope="col">{t('retention.calls')}</th>
            <th scope="col">{t('retention.recordings')}</th>
            <th scope="col">{t('retention.annotated')}</th>
          </tr>
        </thead>
        <tbody>
          {preview.bySource.map((one) => (
            <tr key={one.connectionId}>
              <th scope="row">{one.connectionName}</th>
              <td>{formatNumber(one.calls)}</td>
              <td>{formatBytes(one.recordingBytes)}</td>
              <td>{formatNumber(one.annotatedCalls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {preview.overwriting === 'in_place' ? null : <Banner tone="warning">{t('retention.copies')}</Banner>}
    </div>
  )
}

function Running({ preview, progress }: { preview: PurgePreview; progress: PurgeProgress | null }) {
  const isWiping = progress?.phase === 'wiping'
  const words =
    progress?.phase === 'waiting'
      ? t('retention.waiting', { name: progress.connectionName ?? '' })
      : t(isWiping ? 'retention.wiping' : 'retention.purging')
  return (
    <div className="purge-running" role="status">
      <span>{words}</span>
      <ProgressBar
        label={words}
        done={progress?.done ?? 0}
        total={isWiping ? progress.total : preview.calls}
      />
      {isWiping ? null : (
        <span className="soft tabular">
          {t('retention.soFar', { n: formatNumber(progress?.done ?? 0), total: formatNumber(preview.calls) })}
        </span>
      )}
    </div>
  )
}
