import { ChevronDown } from 'lucide-react'
import { Select as AriaSelect, Button, ListBox, ListBoxItem, SelectValue } from 'react-aria-components'
import { classNames } from './class-names'
import { FieldFrame, type FieldWords, fieldProps } from './Field'
import { Popover } from './Popover'
import './Select.css'

export interface Option<Id extends string = string> {
  id: Id
  label: string
  /** A second, quieter line or a count. */
  detail?: string
}

export interface SelectProps<Id extends string> extends FieldWords {
  options: readonly Option<Id>[]
  value: Id | null
  onChange: (id: Id) => void
  placeholder?: string
  isDisabled?: boolean
  size?: 's' | 'm'
}

/** One of a few. */
export function Select<Id extends string>({
  label,
  isLabelHidden,
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
  const words = { label, isLabelHidden, description, problem, className }
  return (
    <AriaSelect
      {...fieldProps(words)}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.id === key)
        if (chosen) onChange(chosen.id)
      }}
      isDisabled={isDisabled}
      {...(placeholder ? { placeholder } : {})}
    >
      <FieldFrame {...words}>
        <Button className={classNames('ui-input', 'ui-select-button', size === 's' && 'ui-select-s')}>
          <SelectValue className="ui-select-value">
            {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
          </SelectValue>
          <ChevronDown size={14} aria-hidden="true" />
        </Button>
      </FieldFrame>
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
