import { ChevronDown } from 'lucide-react'
import type { Ref } from 'react'
import { ComboBox as AriaComboBox, Button, Input, ListBox, ListBoxItem } from 'react-aria-components'
import { FieldFrame, type FieldWords, fieldProps } from './Field'
import { Popover } from './Popover'
import type { Option } from './Select'
import './Select.css'

export interface ComboBoxProps extends FieldWords {
  options: readonly Option[]
  /** The text of the box; any text is allowed, the options are offers. */
  value: string
  onChange: (text: string) => void
  placeholder?: string
  isDisabled?: boolean
  autoFocus?: boolean
  inputRef?: Ref<HTMLInputElement>
}

/** A text with offers: type freely, or choose. */
export function ComboBox({
  label,
  isLabelHidden,
  options,
  value,
  onChange,
  placeholder = '',
  description,
  problem,
  isDisabled = false,
  autoFocus = false,
  inputRef,
  className,
}: ComboBoxProps) {
  const words = { label, isLabelHidden, description, problem, className }
  return (
    <AriaComboBox
      {...fieldProps(words)}
      defaultItems={options}
      inputValue={value}
      onInputChange={onChange}
      allowsCustomValue
      menuTrigger="focus"
      isDisabled={isDisabled}
    >
      <FieldFrame {...words} isProblemBeside>
        <div className="ui-combo">
          <Input
            className="ui-input"
            placeholder={placeholder}
            autoFocus={autoFocus}
            {...(inputRef ? { ref: inputRef } : {})}
          />
          <Button className="ui-combo-button">
            <ChevronDown size={14} aria-hidden="true" />
          </Button>
        </div>
      </FieldFrame>
      <Popover isList>
        <ListBox<Option> className="ui-list">
          {(option) => (
            <ListBoxItem className="ui-list-item" id={option.id} textValue={option.label}>
              <span className="truncate">{option.label}</span>
              {option.detail ? <span className="ui-list-detail tabular">{option.detail}</span> : null}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  )
}
