import type { CallDetail, Review } from '@contract'
import { Blend, Check, ChevronDown, ChevronUp, Frown, Link2, Meh, Pin, Smile } from 'lucide-react'
import { keyOf } from '../app/all-keys'
import { perform } from '../app/commands'
import { t } from '../app/words'
import { Button, Chip, formatAgo, formatDate, IconButton } from '../ui'
import { callSource, callTitle, sentimentTone } from './row-facts'

const SENTIMENT_ICONS = { good: Smile, bad: Frown, neutral: Meh }

/** Who, where, when, how it ended; and whether somebody has listened to it. */
export function CallHeader({
  call,
  review,
  isMine,
  onToggleReviewed,
}: {
  call: CallDetail
  review: Review | null
  isMine: boolean
  onToggleReviewed: () => void
}) {
  const tone = sentimentTone(call.sentiment)
  const SentimentIcon = tone ? SENTIMENT_ICONS[tone] : null
  const when = formatDate(call.startedAt)
  const facts = [
    callSource(call),
    call.startedAtSource === 'vendor' ? when : t('call.firstSeenAt', { when }),
    call.status,
    goalWords(call.goalAchieved),
  ].filter((fact): fact is string => fact !== null && fact !== '')
  return (
    <header className="call-head">
      <div className="call-head-row">
        <h1 className="call-title" dir="auto">
          {callTitle(call)}
        </h1>
        {tone && SentimentIcon ? (
          <Chip
            tone={tone === 'neutral' ? 'plain' : tone}
            icon={<SentimentIcon size={12} aria-hidden="true" />}
            title={t('call.sentiment')}
          >
            {call.sentiment}
          </Chip>
        ) : null}
        <span className="call-head-space" />
        {call.recording.state === 'none' ? null : (
          <IconButton
            size="s"
            label={t(call.recording.keptOffline ? 'recordings.keep.kept' : 'recordings.keep.one')}
            icon={<Pin size={15} fill={call.recording.keptOffline ? 'currentColor' : 'none'} />}
            keyHint={keyOf('recordings.keep')}
            isSelected={call.recording.keptOffline}
            onPress={() => perform('recordings.keep')}
          />
        )}
        <IconButton
          size="s"
          label={t('commands.search.similar')}
          icon={<Blend size={15} />}
          keyHint={keyOf('search.similar')}
          onPress={() => perform('search.similar')}
        />
        <IconButton
          size="s"
          label={t('commands.links.copyMoment')}
          icon={<Link2 size={15} />}
          keyHint={keyOf('links.copyMoment')}
          onPress={() => perform('links.copyMoment')}
        />
        <span className="call-steps">
          <IconButton
            size="s"
            label={t('call.previous')}
            icon={<ChevronUp size={16} />}
            keyHint={keyOf('calls.previous')}
            onPress={() => perform('calls.previous')}
          />
          <IconButton
            size="s"
            label={t('call.next')}
            icon={<ChevronDown size={16} />}
            keyHint={keyOf('calls.next')}
            onPress={() => perform('calls.next')}
          />
        </span>
        <Button
          size="s"
          className={review ? 'call-reviewed' : ''}
          icon={<Check size={14} aria-hidden="true" />}
          keyHint={keyOf('reviews.toggle')}
          onPress={onToggleReviewed}
        >
          <span className="call-review-words">
            <span>{t(isMine ? 'call.reviewed' : 'call.markReviewed')}</span>
            {/* Keeps the width, so that the arrows beside it stay under the pointer. */}
            <span className="call-review-widest" aria-hidden="true">
              {t('call.markReviewed')}
            </span>
          </span>
        </Button>
      </div>
      <p className="call-meta">
        {facts.map((fact, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the facts have fixed places
          <span key={index} className={index === 0 ? 'call-meta-source' : 'call-meta-fact'} title={fact}>
            {index > 0 ? <span className="call-meta-dot">·</span> : null}
            <bdi>{fact}</bdi>
          </span>
        ))}
        {review ? (
          <span className="call-meta-review" title={formatDate(review.reviewedAt)}>
            <span className="call-meta-dot">·</span>
            {t('call.reviewedBy', { name: review.reviewer, when: formatAgo(review.reviewedAt) })}
          </span>
        ) : null}
      </p>
    </header>
  )
}

/** "yes" and "no" alone say nothing; other words of the vendor stand for themselves. */
function goalWords(goalAchieved: string | null): string | null {
  switch (goalAchieved?.trim().toLowerCase()) {
    case undefined:
    case '':
      return null
    case 'yes':
    case 'true':
      return t('call.goalYes')
    case 'no':
    case 'false':
      return t('call.goalNo')
    default:
      return t('call.goalOther', { value: goalAchieved ?? '' })
  }
}
