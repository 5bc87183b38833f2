import { ChevronDown } from 'lucide-react'
import type { ReactNode, Ref } from 'react'
import {
  ComboBox as AriaComboBox,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Text,
} from 'react-aria-components'
import { classNames } from './class-names'
import { Popover } from './Popover'
import type { Option } from './Select'
import './Field.css'
import './Select.css'

export interface ComboBoxProps {
  label: string
  options: readonly Option[]
  /** The text of the box; any text is allowed, the options are offers. */
  value: string
  onChange: (text: string) => void
  placeholder?: string
  description?: ReactNode
  problem?: string | null | undefined
  isDisabled?: boolean
  autoFocus?: boolean
  inputRef?: Ref<HTMLInputElement>
  className?: string
}

/** A text with offers: type freely, or choose. */
export function ComboBox({
  label,
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
  return (
    <AriaComboBox
      className={classNames('ui-field', className)}
      defaultItems={options}
      inputValue={value}
      onInputChange={onChange}
      allowsCustomValue
      menuTrigger="focus"
      isDisabled={isDisabled}
      isInvalid={Boolean(problem)}
      validationBehavior="aria"
    >
      {/* Beside the label: below the box, the offers would lie over it. */}
      <div className="ui-label-line">
        <Label className="ui-label">{label}</Label>
        <FieldError className="ui-problem">{problem}</FieldError>
      </div>
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
      {description && !problem ? (
        <Text slot="description" className="ui-hint">
          {description}
        </Text>
      ) : null}
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
