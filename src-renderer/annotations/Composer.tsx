import { type Severity, Severity as SeverityName, type Turn } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { settingsQuery } from '../app/queries'
import { useReviewer } from '../app/reviewer'
import { changeSettings } from '../app/settings'
import { useCommands } from '../app/use-commands'
import { t } from '../app/words'
import { Button, ComboBox, SegmentedControl, TextArea, TextField } from '../ui'
import { leaveComposer } from './actions'
import type { Draft } from './draft'
import { discardDraft, saveDraft, writeDraft } from './drafts'
import { composerKeys } from './keys'
import { PlaceLine } from './PlaceLine'
import { widerPlaces } from './place'
import { useLabels } from './queries'

const SEVERITIES = ['none', ...SeverityName.options] as const

/** Where an annotation is written: inline, keyboard first, every key press kept. Keyed by the draft's id. */
export function Composer({ draft, turns }: { draft: Draft; turns: readonly Turn[] }) {
  const labels = useLabels()
  const settings = useQuery(settingsQuery)
  const reviewer = useReviewer()
  const [name, setName] = useState<string | null>(null)
  const [isTried, setTried] = useState(false)
  const form = useRef<HTMLDivElement>(null)
  const labelInput = useRef<HTMLInputElement>(null)
  const isNameAsked = draft.editing === null && settings.isSuccess && !reviewer.isChosen
  const writtenName = name ?? reviewer.name
  const isLabelMissing = draft.label.trim() === ''
  const isNameMissing = isNameAsked && writtenName.trim() === ''

  useEffect(() => {
    form.current?.scrollIntoView({ block: 'nearest' })
    labelInput.current?.focus()
  }, [])

  const offers = useMemo(
    () =>
      (labels.data ?? []).map(({ name: label, count }) => ({
        id: label,
        label,
        ...(count > 0 ? { detail: String(count) } : {}),
      })),
    [labels.data],
  )
  // Once a label stands there in full there is nothing to offer: the list would only lie over the form.
  const [begunWith] = useState(draft.label)
  const isExact = draft.label !== begunWith && offers.some((offer) => offer.label === draft.label)

  const save = () => {
    setTried(true)
    if (isLabelMissing || isNameMissing) {
      if (isLabelMissing) labelInput.current?.focus()
      return
    }
    const author = draft.editing === null ? writtenName.trim() : draft.reviewer
    if (isNameAsked) void changeSettings({ reviewer: author })
    writeDraft(draft.id, { label: draft.label.trim(), reviewer: author })
    saveDraft(draft.id)
  }
  useCommands(composerKeys, { 'annotations.save': save })

  const onKeyDownCapture = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    // Here and not only as a command: a list of labels that is open would take the key for itself.
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      event.stopPropagation()
      save()
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.nativeEvent.isComposing) return
    event.preventDefault()
    leaveComposer()
  }

  const places = widerPlaces(draft.origin)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the form as a whole, beside its buttons
    <div className="composer" ref={form} onKeyDownCapture={onKeyDownCapture} onKeyDown={onKeyDown}>
      <div className="composer-place">
        <PlaceLine place={draft.place} turns={turns} />
        {places.length > 1 ? (
          <SegmentedControl
            label={t('annotations.on')}
            size="s"
            options={places.map((place) => ({
              id: place.kind,
              label: t(`annotations.places.${place.kind}`),
            }))}
            value={draft.place.kind}
            onChange={(kind) => {
              const place = places.find((one) => one.kind === kind)
              if (place) writeDraft(draft.id, { place })
            }}
          />
        ) : null}
      </div>
      <ComboBox
        label={t('annotations.label')}
        options={isExact ? [] : offers}
        value={draft.label}
        onChange={(label) => writeDraft(draft.id, { label })}
        placeholder={t('annotations.labelHint')}
        problem={isTried && isLabelMissing ? t('annotations.labelMissing') : null}
        inputRef={labelInput}
      />
      <div className="ui-field">
        <span className="ui-label" aria-hidden="true">
          {t('annotations.severity')}
        </span>
        <SegmentedControl
          label={t('annotations.severity')}
          options={SEVERITIES.map((id) => ({ id, label: t(`annotations.severities.${id}`) }))}
          value={draft.severity ?? 'none'}
          onChange={(id) => writeDraft(draft.id, { severity: severityOf(id) })}
          size="s"
        />
      </div>
      <TextArea
        label={t('annotations.comment')}
        value={draft.comment}
        onChange={(comment) => writeDraft(draft.id, { comment })}
        maxLength={20_000}
        rows={3}
      />
      {isNameAsked ? (
        <TextField
          label={t('annotations.yourName')}
          description={t('annotations.yourNameHint')}
          value={writtenName}
          onChange={setName}
          maxLength={200}
          problem={isTried && isNameMissing ? t('annotations.nameMissing') : null}
        />
      ) : null}
      <div className="composer-actions">
        <Button variant="primary" size="s" keyHint="$mod+Enter" onPress={save}>
          {t('annotations.save')}
        </Button>
        <Button variant="ghost" size="s" keyHint="Escape" onPress={leaveComposer}>
          {t('annotations.later')}
        </Button>
        <span className="composer-space" />
        <Button variant="ghost" size="s" onPress={() => discardDraft(draft.id)}>
          {t('annotations.discard')}
        </Button>
      </div>
    </div>
  )
}

const severityOf = (id: (typeof SEVERITIES)[number]): Severity | null => (id === 'none' ? null : id)
