import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  Select as AriaSelect,
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  SelectValue,
  Text,
} from 'react-aria-components'
import { classNames } from './class-names'
import { Popover } from './Popover'
import './Field.css'
import './Select.css'

export interface Option<Id extends string = string> {
  id: Id
  label: string
  /** A second, quieter line or a count. */
  detail?: string
}

export interface SelectProps<Id extends string> {
  label: string
  /** The label is for screen readers only (the place already says it). */
  isLabelHidden?: boolean
  options: readonly Option<Id>[]
  value: Id | null
  onChange: (id: Id) => void
  placeholder?: string
  description?: ReactNode
  problem?: string | null | undefined
  isDisabled?: boolean
  size?: 's' | 'm'
  className?: string
}

/** One of a few. */
export function Select<Id extends string>({
  label,
  isLabelHidden = false,
  options,
  value,
  onChange,
  placeholder,
  description,
  problem,
  isDisabled = false,
  size = 'm',
  className,
}: SelectProps<Id>) {
  return (
    <AriaSelect
      className={classNames('ui-field', className)}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.id === key)
        if (chosen) onChange(chosen.id)
      }}
      isDisabled={isDisabled}
      isInvalid={Boolean(problem)}
      {...(placeholder ? { placeholder } : {})}
      {...(isLabelHidden ? { 'aria-label': label } : {})}
    >
      {isLabelHidden ? null : <Label className="ui-label">{label}</Label>}
      <Button className={classNames('ui-input', 'ui-select-button', size === 's' && 'ui-select-s')}>
        <SelectValue className="ui-select-value">
          {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
        </SelectValue>
        <ChevronDown size={14} aria-hidden="true" />
      </Button>
      {description && !problem ? (
        <Text slot="description" className="ui-hint">
          {description}
        </Text>
      ) : null}
      <FieldError className="ui-problem">{problem}</FieldError>
      <Popover isList>
        <ListBox className="ui-list" items={options}>
          {(option) => (
            <ListBoxItem className="ui-list-item" id={option.id} textValue={option.label}>
              <span className="truncate">{option.label}</span>
              {option.detail ? <span className="ui-list-detail tabular">{option.detail}</span> : null}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}
