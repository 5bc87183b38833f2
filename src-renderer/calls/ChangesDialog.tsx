import { type CallDetail, DifferenceArea, type Revision } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../app/client'
import { useReviewer } from '../app/reviewer'
import { t } from '../app/words'
import { goToTurn } from '../player/player'
import { Button, Dialog, ErrorState, formatDate, formatNumber, type Option, Select, Spinner } from '../ui'
import { DifferenceView } from './DifferenceView'
import { type Compared, countWords, noteSeen, SINCE_LOOK, sinceWords, useChanges } from './use-changes'
import './changes.css'

/** What changed of a call: since the reviewer looked at it, or between two versions that they choose. */
export function ChangesDialog({
  call,
  onReviewAgain,
  onClose,
}: {
  call: CallDetail
  onReviewAgain: () => Promise<void>
  onClose: () => void
}) {
  const reviewer = useReviewer().name
  const [compared, setCompared] = useState<Compared>(SINCE_LOOK)
  const query = useChanges(call.id, compared, true)
  const changes = query.data
  const isSinceLook = compared.from === null && compared.to === null
  const isNew = changes?.isChanged === true && isSinceLook
  const gotIt = () => {
    if (changes) void noteSeen(call, reviewer, changes.version)
    onClose()
  }
  const reviewAgain = () => {
    void onReviewAgain()
    onClose()
  }
  const goTo = (index: number) => {
    onClose()
    goToTurn(index)
  }
  return (
    <Dialog
      title={t('changes.title')}
      isOpen
      onClose={onClose}
      size="l"
      className="changes-dialog"
      footer={
        isNew ? (
          <>
            <Button onPress={reviewAgain}>{t('changes.reviewAgain')}</Button>
            <Button variant="primary" onPress={gotIt}>
              {t('changes.gotIt')}
            </Button>
          </>
        ) : (
          <Button onPress={onClose}>{t('changes.close')}</Button>
        )
      }
    >
      <Versions call={call} compared={compared} hasLook={changes?.since != null} onChange={setCompared} />
      {query.isPending ? <Spinner /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {changes ? (
        <>
          <p className="changes-count" role="status">
            {changes.count > 0
              ? isSinceLook && changes.since
                ? `${countWords(changes.count)} ${sinceWords(changes)}`
                : countWords(changes.count)
              : t(
                  changes.from === null
                    ? 'changes.notKept'
                    : changes.from.id === changes.to?.id
                      ? 'changes.same'
                      : 'changes.none',
                )}
          </p>
          {DifferenceArea.options.map((area) => {
            const own = changes.differences.filter((one) => one.area === area)
            return own.length === 0 ? null : (
              <section key={area} className="changes-area">
                <h3 className="ui-section-title">
                  {t(`changes.areas.${area}`)}
                  <span className="panel-count tabular">{own.length}</span>
                </h3>
                <ol className="differences">
                  {own.map((difference, index) => (
                    <DifferenceView
                      // biome-ignore lint/suspicious/noArrayIndexKey: two fields may have the same name
                      key={index}
                      difference={difference}
                      onGoToTurn={compared.to === null ? goTo : null}
                    />
                  ))}
                </ol>
              </section>
            )
          })}
          {changes.count > changes.differences.length ? (
            <p className="soft">
              {t('changes.more', {
                n: formatNumber(changes.count - changes.differences.length),
                id: call.id,
              })}
            </p>
          ) : null}
        </>
      ) : null}
    </Dialog>
  )
}

/** Which two versions are compared. */
function Versions({
  call,
  compared,
  hasLook,
  onChange,
}: {
  call: CallDetail
  compared: Compared
  hasLook: boolean
  onChange: (compared: Compared) => void
}) {
  const revisions = useQuery({
    queryKey: ['calls', 'revisions', call.id],
    queryFn: () => client.calls.revisions({ callId: call.id }),
  }).data
  if (!revisions || revisions.length < 2) return null
  const options = revisions.map(
    (one): Option => ({
      id: String(one.id),
      label: versionWords(one),
      detail: t(`changes.kind.${one.kind}`),
    }),
  )
  const oldest = revisions.at(-1)
  const from = compared.from ?? (hasLook ? null : (oldest?.id ?? null))
  return (
    <div className="changes-versions">
      <Select
        label={t('changes.from')}
        size="s"
        options={hasLook ? [{ id: 'seen', label: t('changes.asSeen') }, ...options] : options}
        value={from === null ? 'seen' : String(from)}
        onChange={(id) => onChange({ ...compared, from: id === 'seen' ? null : Number(id) })}
      />
      <Select
        label={t('changes.to')}
        size="s"
        options={[{ id: 'now', label: t('changes.now') }, ...options]}
        value={compared.to === null ? 'now' : String(compared.to)}
        onChange={(id) => onChange({ ...compared, to: id === 'now' ? null : Number(id) })}
      />
    </div>
  )
}

const versionWords = ({ number, seenAt }: Revision): string =>
  t('changes.version', { n: number, when: formatDate(seenAt) })
