import type { Ref } from 'react'
import {
  TextArea as AriaTextArea,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components'
import { FieldFrame, type FieldWords, fieldProps } from './Field'

export interface TextAreaProps
  extends Omit<AriaTextFieldProps, 'className' | 'children' | 'type' | 'isInvalid' | 'validationBehavior'>,
    FieldWords {
  placeholder?: string
  rows?: number
  inputRef?: Ref<HTMLTextAreaElement>
}

/** Several lines of text; it grows with them. */
export function TextArea({
  label,
  isLabelHidden,
  description,
  problem,
  placeholder = '',
  rows = 3,
  inputRef,
  className,
  ...rest
}: TextAreaProps) {
  const words = { label, isLabelHidden, description, problem, className }
  return (
    <AriaTextField {...rest} {...fieldProps(words)}>
      <FieldFrame {...words}>
        <AriaTextArea
          className="ui-input ui-textarea"
          rows={rows}
          placeholder={placeholder}
          {...(inputRef ? { ref: inputRef } : {})}
        />
      </FieldFrame>
    </AriaTextField>
  )
}
