import type { CallId, SearchHit, SnippetPart } from '@contract'
import { CircleAlert, CircleCheck, Download, FileDiff, MessageSquareText, VolumeX } from 'lucide-react'
import { memo } from 'react'
import { t } from '../app/words'
import {
  classNames,
  formatDate,
  formatDuration,
  formatShortDate,
  spokenDuration,
  VisuallyHidden,
} from '../ui'
import { callGist, callSource, callTitle, sentimentTone } from './row-facts'
import { lineSnippet } from './snippet'

/** Pixels; every row has the same height, so that nothing moves when rows arrive. */
export const ROW_HEIGHT = 76

/** The id of a row's button in the page. */
export const rowId = (callId: CallId): string => `row-${callId}`

interface Props {
  hit: SearchHit
  isOpen: boolean
  /** The one row that Tab reaches. */
  isFocusable: boolean
  onOpen: (hit: SearchHit) => void
}

/** One call of the list: who and how long; what was said; where from, when, and what was done with it. */
export const CallListRow = memo(function CallListRow({ hit, isOpen, isFocusable, onOpen }: Props) {
  return (
    <button
      type="button"
      id={rowId(hit.id)}
      className={classNames('call-row', isOpen && 'call-row-open')}
      aria-current={isOpen ? 'true' : undefined}
      tabIndex={isFocusable ? 0 : -1}
      onClick={() => onOpen(hit)}
    >
      <span className="call-row-line">
        <span className="call-row-title truncate" dir="auto">
          {callTitle(hit)}
        </span>
        <Badges hit={hit} />
        <span className="call-row-duration tabular">
          <span aria-hidden="true">{formatDuration(hit.durationSec)}</span>
          <VisuallyHidden>{spokenDuration(hit.durationSec)}</VisuallyHidden>
        </span>
      </span>
      <span className="call-row-line">
        <Sentiment sentiment={hit.sentiment} />
        <span className="call-row-snippet truncate" dir="auto">
          {hit.snippet ? <Snippet parts={lineSnippet(hit.snippet)} /> : callGist(hit)}
        </span>
      </span>
      <span className="call-row-line call-row-foot">
        <span className="truncate" dir="auto">
          {callSource(hit)}
        </span>
        {hit.matchingTurns > 1 ? (
          <span className="call-row-turns">{t('calls.row.inTurns', { count: hit.matchingTurns })}</span>
        ) : null}
        <time
          className="tabular"
          dateTime={hit.startedAt}
          title={
            hit.startedAtSource === 'first_seen'
              ? t('calls.row.firstSeen', { date: formatDate(hit.startedAt) })
              : formatDate(hit.startedAt)
          }
        >
          {hit.startedAtSource === 'first_seen' ? '≈ ' : ''}
          {formatShortDate(hit.startedAt)}
        </time>
      </span>
    </button>
  )
})

function Snippet({ parts }: { parts: readonly SnippetPart[] }) {
  return parts.map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts are their order
    part.match ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>,
  )
}

function Sentiment({ sentiment }: { sentiment: string | null }) {
  const tone = sentimentTone(sentiment)
  if (tone === null) return null
  return (
    <span
      className={`call-row-dot call-row-dot-${tone}`}
      title={t('calls.row.sentiment', { sentiment: sentiment ?? '' })}
    >
      {/* A sign as well as a colour. */}
      <span aria-hidden="true">{tone === 'good' ? '+' : tone === 'bad' ? '−' : ''}</span>
      <VisuallyHidden>{t('calls.row.sentiment', { sentiment: sentiment ?? '' })}</VisuallyHidden>
    </span>
  )
}

/** A failure and a download are seen without pointing at them. */
function RecordingIcon({ state }: { state: SearchHit['recordingState'] }) {
  const Icon = state === 'failed' ? CircleAlert : state === 'downloading' ? Download : VolumeX
  return <Icon size={13} aria-hidden="true" />
}

function Badges({ hit }: { hit: SearchHit }) {
  return (
    <span className="call-row-badges">
      {hit.recordingState === 'ready' ? null : (
        <span title={t(`calls.row.recording.${hit.recordingState}`)}>
          <RecordingIcon state={hit.recordingState} />
          <VisuallyHidden>{t(`calls.row.recording.${hit.recordingState}`)}</VisuallyHidden>
        </span>
      )}
      {hit.changedSinceReview ? (
        <span className="call-row-changed" title={t('calls.row.changed')}>
          <FileDiff size={13} aria-hidden="true" />
          <VisuallyHidden>{t('calls.row.changed')}</VisuallyHidden>
        </span>
      ) : null}
      {hit.annotationCount > 0 ? (
        <span className="call-row-count" title={t('calls.row.annotations', { count: hit.annotationCount })}>
          <MessageSquareText size={13} aria-hidden="true" />
          <span className="tabular" aria-hidden="true">
            {hit.annotationCount}
          </span>
          <VisuallyHidden>{t('calls.row.annotations', { count: hit.annotationCount })}</VisuallyHidden>
        </span>
      ) : null}
      {hit.vendorScore === null ? null : (
        <span className="call-row-score tabular">{t('calls.row.score', { score: hit.vendorScore })}</span>
      )}
      {hit.reviewedAt ? (
        <span className="call-row-reviewed" title={t('calls.row.reviewed', { name: hit.reviewedBy ?? '' })}>
          <CircleCheck size={14} aria-hidden="true" />
          <VisuallyHidden>{t('calls.row.reviewed', { name: hit.reviewedBy ?? '' })}</VisuallyHidden>
        </span>
      ) : null}
    </span>
  )
}
