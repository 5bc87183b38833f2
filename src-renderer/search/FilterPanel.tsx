import type { Facets } from '@contract'
import { type FieldName, withFilter } from '@contract/query'
import { Check } from 'lucide-react'
import { ToggleButton } from 'react-aria-components'
import { t } from '../app/words'
import { formatNumber, Select, TextField } from '../ui'
import { onlyValue } from './chips'
import { type DayRange, dayRange, writeDayRange } from './day-range'
import { setSearchText, useSearch } from './search-state'
import { TALK_FILTERS, useTalkCounts } from './talk-filters'
import { useFacets } from './use-search'
import './FilterPanel.css'

const FACETS = [
  'sentiment',
  'status',
  'campaign',
  'label',
  'connection',
  'source',
] as const satisfies (keyof Facets)[]
const PRESETS = ['today', 'yesterday', 'last-7-days', 'last-30-days'] as const
/** Values shown of one facet; the rest is reached by typing. */
const MOST = 6

/** All filters with the number of calls that each would leave. What is chosen here is written into the box. */
export function FilterPanel() {
  const facets = useFacets().data
  return (
    <div className="filter-panel">
      <Dates />
      <section>
        <h3 className="ui-section-title">{t('search.heading.show')}</h3>
        <div className="filter-values">
          <Value field="has" value="recording" label={t('search.only.recording')} />
          <Value field="kept" value="yes" label={t('search.only.kept')} />
          <Value field="has" value="annotation" label={t('search.only.annotation')} />
          <Value field="reviewed" value="yes" label={t('search.only.reviewed')} />
          <Value field="reviewed" value="no" label={t('search.only.notReviewed')} />
          <Value field="changed" value="yes" label={t('search.only.changed')} />
        </div>
      </section>
      <Talk />
      {FACETS.map((field) => {
        const values = facets?.[field] ?? []
        return (
          <section key={field}>
            <h3 className="ui-section-title">{t(`search.heading.${field}`)}</h3>
            <div className="filter-values">
              {values.slice(0, MOST).map((value) => (
                <Value
                  key={value.value}
                  field={field}
                  {...value}
                  label={field === 'source' ? t(`search.value.source.${value.value}`) : value.label}
                />
              ))}
            </div>
            {values.length === 0 ? <p className="soft">{t('search.noValues')}</p> : null}
            {values.length > MOST ? (
              <p className="filter-more">{t('search.more', { n: values.length - MOST, field })}</p>
            ) : null}
          </section>
        )
      })}
    </div>
  )
}

/** How people talked, as far as it is known. */
function Talk() {
  const counts = useTalkCounts()
  return (
    <section>
      <h3 className="ui-section-title">{t('search.heading.talk')}</h3>
      <div className="filter-values">
        {TALK_FILTERS.map(([field, value], i) => (
          <Value
            key={field}
            field={field}
            value={value}
            label={t(`search.talk.${field}`)}
            count={counts[i]?.total}
            isMore={counts[i]?.isExact === false}
          />
        ))}
      </div>
      <p className="filter-more">{t('search.talk.more')}</p>
    </section>
  )
}

function Value({
  field,
  value,
  label,
  count,
  isMore = false,
}: {
  field: FieldName
  value: string
  label: string
  count?: number | undefined
  /** The count went no further. */
  isMore?: boolean
}) {
  const text = useSearch((state) => state.text)
  const isOn = onlyValue(text, field)?.toLowerCase() === value.toLowerCase()
  return (
    <ToggleButton
      className="filter-value"
      isSelected={isOn}
      onChange={(on) => setSearchText(withFilter(text, field, on ? value : null))}
    >
      <span className="filter-check" aria-hidden="true">
        <Check size={11} strokeWidth={3} />
      </span>
      <span className="truncate" title={label}>
        {label}
      </span>
      {count === undefined ? null : (
        <span className="filter-count tabular">{`${formatNumber(count)}${isMore ? '+' : ''}`}</span>
      )}
    </ToggleButton>
  )
}

/** A preset, or first and last day. */
function Dates() {
  const text = useSearch((state) => state.text)
  const current = onlyValue(text, 'date')
  const preset = PRESETS.find((name) => name === current) ?? null
  const range = dayRange(current)
  const change = (patch: Partial<DayRange>) =>
    setSearchText(withFilter(text, 'date', writeDayRange({ ...range, ...patch })))
  return (
    <section>
      <h3 className="ui-section-title">{t('search.heading.date')}</h3>
      <div className="filter-dates">
        <Select
          label={t('search.heading.date')}
          isLabelHidden
          className="filter-preset"
          placeholder="…"
          options={[
            { id: 'any', label: t('search.dates.any') },
            ...PRESETS.map((id) => ({ id, label: t(`search.dates.${id}`) })),
          ]}
          value={current === null ? 'any' : preset}
          onChange={(id) => setSearchText(withFilter(text, 'date', id === 'any' ? null : id))}
        />
        <TextField
          type="date"
          label={t('search.dates.from')}
          value={range.first ?? ''}
          onChange={(first) => change({ first: first || null })}
        />
        <TextField
          type="date"
          label={t('search.dates.until')}
          value={range.last ?? ''}
          onChange={(last) => change({ last: last || null })}
        />
      </div>
    </section>
  )
}
