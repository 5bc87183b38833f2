import type { ReportSaved, SupportReport } from '@contract'
import { FileArchive } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { client } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { t } from '../app/words'
import {
  Banner,
  Button,
  Dialog,
  describeFailure,
  ErrorState,
  FailureBanner,
  formatNumber,
  LongText,
  SegmentedControl,
  Spinner,
  toastFailure,
} from '../ui'
import './ReportDialog.css'

/** One life: being made, failed, to be read, saved. */
type State =
  | { kind: 'making' }
  | { kind: 'failed'; thrown: unknown }
  | { kind: 'made'; report: SupportReport; problem: unknown }
  | { kind: 'saved'; saved: ReportSaved }

/** A report for somebody who helps, to be read here before it is saved. */
export function ReportDialog() {
  const [state, setState] = useState<State>({ kind: 'making' })
  const [part, setPart] = useState('report.txt')

  const make = useCallback(async () => {
    setState({ kind: 'making' })
    try {
      const report = await client.support.report({})
      setState({ kind: 'made', report, problem: null })
    } catch (thrown) {
      // Whoever stopped it has closed the dialog.
      if (describeFailure(thrown).code !== 'cancelled') setState({ kind: 'failed', thrown })
    }
  }, [])
  useEffect(() => void make(), [make])

  const close = () => {
    if (state.kind === 'making') void client.support.cancel({}).catch(toastFailure)
    closeDialog()
  }
  const save = async (report: SupportReport) => {
    try {
      const saved = await client.support.save({ id: report.id })
      if (saved) setState({ kind: 'saved', saved })
    } catch (problem) {
      setState({ kind: 'made', report, problem })
    }
  }

  return (
    <Dialog
      title={t('support.title')}
      isOpen
      onClose={close}
      size="xl"
      footer={
        state.kind === 'saved' ? (
          <>
            <Button onPress={() => void client.support.reveal({}).catch(toastFailure)}>
              {t('support.show')}
            </Button>
            <Button variant="primary" onPress={close} autoFocus>
              {t('support.close')}
            </Button>
          </>
        ) : state.kind === 'made' ? (
          <>
            <span className="ui-dialog-foot-start soft tabular">
              {t('support.size', {
                n: formatNumber(state.report.parts.length),
                kilobytes: formatNumber(Math.ceil(sizeOf(state.report) / 1000)),
              })}
            </span>
            <Button onPress={() => void make()}>{t('support.again')}</Button>
            <Button
              variant="primary"
              icon={<FileArchive size={14} aria-hidden="true" />}
              onPress={() => void save(state.report)}
            >
              {t('support.save')}
            </Button>
          </>
        ) : (
          <Button onPress={close}>
            {state.kind === 'making' ? t('support.cancel') : t('support.close')}
          </Button>
        )
      }
    >
      <div className="report">
        {state.kind === 'saved' ? (
          <Banner tone="good" isUrgent title={t('support.saved')}>
            <span className="report-path">{state.saved.path}</span>
          </Banner>
        ) : null}
        {state.kind === 'failed' ? <ErrorState error={state.thrown} onRetry={() => void make()} /> : null}
        {state.kind === 'making' ? (
          <div className="report-making" role="status">
            <Spinner />
            <span>{t('support.making')}</span>
            <span className="soft">{t('support.makingHint')}</span>
          </div>
        ) : null}
        {state.kind === 'made' ? (
          <>
            {state.problem === null ? null : <FailureBanner error={state.problem} isUrgent />}
            <p className="report-intro soft">{t('support.intro')}</p>
            <SegmentedControl
              label={t('support.parts')}
              options={state.report.parts.map(({ name }) => ({ id: name, label: name }))}
              value={part}
              onChange={setPart}
            />
            <div className="report-text">
              <LongText
                key={part}
                label={t('support.text', { name: part })}
                text={state.report.parts.find(({ name }) => name === part)?.text ?? ''}
              />
            </div>
          </>
        ) : null}
      </div>
    </Dialog>
  )
}

const sizeOf = ({ parts }: SupportReport): number => parts.reduce((sum, { text }) => sum + text.length, 0)
