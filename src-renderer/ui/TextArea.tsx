import type { ReactNode, Ref } from 'react'
import {
  TextArea as AriaTextArea,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Label,
  Text,
} from 'react-aria-components'
import { classNames } from './class-names'
import './Field.css'

export interface TextAreaProps extends Omit<AriaTextFieldProps, 'className' | 'children' | 'type'> {
  label: string
  description?: ReactNode
  problem?: string | null | undefined
  placeholder?: string
  rows?: number
  inputRef?: Ref<HTMLTextAreaElement>
  className?: string
}

/** Several lines of text; it grows with them. */
export function TextArea({
  label,
  description,
  problem,
  placeholder = '',
  rows = 3,
  inputRef,
  className,
  ...rest
}: TextAreaProps) {
  return (
    <AriaTextField
      {...rest}
      isInvalid={Boolean(problem)}
      validationBehavior="aria"
      className={classNames('ui-field', className)}
    >
      <Label className="ui-label">{label}</Label>
      <AriaTextArea
        className="ui-input ui-textarea"
        rows={rows}
        placeholder={placeholder}
        {...(inputRef ? { ref: inputRef } : {})}
      />
      {description && !problem ? (
        <Text slot="description" className="ui-hint">
          {description}
        </Text>
      ) : null}
      <FieldError className="ui-problem">{problem}</FieldError>
    </AriaTextField>
  )
}
