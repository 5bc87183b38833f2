import type { CallDetail, JsonValue } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { Braces, FileDiff } from 'lucide-react'
import type { ReactNode } from 'react'
import { keyOf } from '../app/all-keys'
import { peaksQuery } from '../app/queries'
import { t } from '../app/words'
import { Button, formatBytes, formatDate, formatDuration } from '../ui'
import { FactRow, FieldTree } from './FieldTree'
import { fieldTree } from './field-tree'
import { vendorName } from './row-facts'

/** Where the vendors keep what they found out after the call, best first. */
const EXTRACTED = ['extracted_data', 'post_call_data', 'analysis']
const QA = ['qa_results', 'qa']

/** Everything that the vendor said of the call, readable; what is judged before what is filed. */
export function CallFacts({
  call,
  onShowRaw,
  onCompare,
}: {
  call: CallDetail
  onShowRaw: () => void
  onCompare: () => void
}) {
  const { fields, summary, vendorScore } = call
  const named = (names: readonly string[]) =>
    names.flatMap((name) => (hasValue(fields[name]) ? [[name, fields[name]] as const] : []))
  const extracted = named(EXTRACTED)
  const qa = named(QA).map(([name, value]) => [name, withoutScore(value, vendorScore)] as const)
  const others = Object.entries(fields).filter(
    ([name, value]) => !hasValue(value) || !(EXTRACTED.includes(name) || QA.includes(name)),
  )
  const redirects = call.turns.flatMap((turn) => turn.redirect ?? [])
  return (
    <section className="panel-section call-facts" aria-label={t('call.vendorSays')}>
      <div className="panel-head">
        <h2 className="ui-section-title">{t('call.vendorSays')}</h2>
        <Button
          size="s"
          variant="ghost"
          icon={<Braces size={13} aria-hidden="true" />}
          keyHint={keyOf('calls.raw')}
          onPress={onShowRaw}
        >
          {t('call.raw')}
        </Button>
      </div>
      {summary ? (
        <p className="call-summary" dir="auto">
          {summary}
        </p>
      ) : null}
      {vendorScore === null ? null : (
        <p className="call-score">
          <span>{t('call.score')}</span>
          <strong className="tabular">{vendorScore}</strong>
        </p>
      )}
      {qa.map(([name, value]) => (
        <Block key={name} title={null} name={name} value={value} />
      ))}
      {extracted.map(([name, value]) => (
        <Block key={name} title={t('call.extracted')} name={name} value={value} />
      ))}
      {others.length > 0 ? (
        <Group title={t('call.more')}>
          <FieldTree nodes={others.map(([name, value]) => fieldTree(name, value))} />
        </Group>
      ) : null}
      <Group title={t('call.call')}>
        <dl className="fields">
          <FactRow label={t('call.status')} text={call.status ?? '–'} />
          <FactRow label={t('call.sentiment')} text={call.sentiment ?? '–'} />
          <FactRow label={t('call.goal')} text={call.goalAchieved ?? '–'} />
          {redirects.length > 0 ? (
            <FactRow label={t('call.redirects')} text={redirects.join(', ').replaceAll('_', ' ')} />
          ) : null}
          <FactRow label={t('call.from')} text={call.from ?? '–'} />
          <FactRow label={t('call.to')} text={call.to ?? '–'} />
          <FactRow label={t('call.duration')} text={formatDuration(call.durationSec)} />
          <RecordingRow call={call} />
          <FactRow
            label={t(call.startedAtSource === 'vendor' ? 'call.started' : 'call.firstSeen')}
            text={formatDate(call.startedAt)}
          />
          {call.endedAt ? <FactRow label={t('call.ended')} text={formatDate(call.endedAt)} /> : null}
          <FactRow label={t('call.vendor')} text={vendorName(call.vendor)} />
          <FactRow label={t('call.connection')} text={call.connectionName} />
          <FactRow label={t('call.campaign')} text={call.campaignId ?? '–'} />
          <FactRow label={t('call.externalId')} text={call.externalId} />
          {call.startedAtSource === 'vendor' ? (
            <FactRow label={t('call.firstSeen')} text={formatDate(call.firstSeenAt)} />
          ) : null}
          <FactRow label={t('call.updated')} text={formatDate(call.updatedAt)} />
          <FactRow label={t('call.revisions')} text={String(call.revisions)} />
        </dl>
        {call.revisions > 1 ? (
          <Button
            size="s"
            variant="ghost"
            icon={<FileDiff size={13} aria-hidden="true" />}
            onPress={onCompare}
          >
            {t('changes.compare')}
          </Button>
        ) : null}
      </Group>
    </section>
  )
}

/** What the recording is, in one quiet line: `MP3 · 3:21 · 2 channels · −19 LUFS · 2.1 MB`. */
function RecordingRow({ call }: { call: CallDetail }) {
  const { state, format, durationSec, channels, bytes } = call.recording
  const isReady = state === 'ready'
  const facts = useQuery({ ...peaksQuery(call.id), enabled: isReady }).data?.facts
  if (!isReady) return null
  const count = facts?.fileChannels ?? channels
  const parts = [
    format?.toUpperCase(),
    durationSec === null ? null : formatDuration(durationSec),
    count === null
      ? null
      : t(count > 2 ? 'call.recording.channelsShown' : 'call.recording.channels', { count }),
    facts === undefined
      ? null
      : facts.loudnessLufs === null
        ? t('call.recording.silent')
        : t('call.recording.loudness', { lufs: Math.round(facts.loudnessLufs).toString().replace('-', '−') }),
    bytes === null ? null : formatBytes(bytes),
  ].filter((part) => part)
  return <FactRow label={t('call.recording.title')} text={parts.join(' · ')} />
}

/** Null has no group of its own; it is said among the other fields. */
const hasValue = (value: JsonValue | undefined): value is JsonValue => value !== undefined && value !== null

/** QA results without the score that already stands above them. */
function withoutScore(value: JsonValue, score: number | null): JsonValue {
  if (score === null || value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).filter(
      ([name, item]) => !(['overall_score', 'score'].includes(name) && Number(item) === score),
    ),
  )
}

/** A named field: an object's fields are the rows themselves. */
function Block({ title, name, value }: { title: string | null; name: string; value: JsonValue }) {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
  const entries = isObject ? Object.entries(value) : []
  if (isObject && entries.length === 0) return null
  return (
    <Group title={title}>
      <FieldTree
        nodes={isObject ? entries.map(([key, child]) => fieldTree(key, child)) : [fieldTree(name, value)]}
      />
    </Group>
  )
}

function Group({ title, children }: { title: string | null; children: ReactNode }) {
  return (
    <div className="fact-group">
      {title ? <h3>{title}</h3> : null}
      {children}
    </div>
  )
}
