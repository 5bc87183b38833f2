import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { classNames } from './class-names'
import type { Option } from './Select'
import './SegmentedControl.css'

/** One of two to five, all in sight. */
export function SegmentedControl<Id extends string>({
  label,
  options,
  value,
  onChange,
  size = 'm',
}: {
  label: string
  options: readonly Option<Id>[]
  value: Id | null
  onChange: (id: Id) => void
  size?: 's' | 'm'
}) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      className={classNames('ui-segments', size === 's' && 'ui-segments-s')}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={value === null ? [] : [value]}
      onSelectionChange={(keys) => {
        const chosen = options.find((option) => keys.has(option.id))
        if (chosen) onChange(chosen.id)
      }}
    >
      {options.map((option) => (
        <ToggleButton key={option.id} id={option.id} className="ui-segment">
          {option.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
