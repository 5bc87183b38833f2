import type { ReactNode, Ref } from 'react'
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  Input,
} from 'react-aria-components'
import { FieldFrame, type FieldWords, fieldProps } from './Field'

export interface TextFieldProps
  extends Omit<AriaTextFieldProps, 'className' | 'children' | 'isInvalid' | 'validationBehavior'>,
    FieldWords {
  placeholder?: string
  inputRef?: Ref<HTMLInputElement>
  /** Buttons that belong to the text, at its end. */
  end?: ReactNode
}

/** One line of text with its label, a hint, and what is wrong with it. */
export function TextField({
  label,
  isLabelHidden,
  description,
  problem,
  placeholder = '',
  inputRef,
  end,
  className,
  ...rest
}: TextFieldProps) {
  const words = { label, isLabelHidden, description, problem, className }
  const input = (
    <Input className="ui-input" placeholder={placeholder} {...(inputRef ? { ref: inputRef } : {})} />
  )
  return (
    <AriaTextField {...rest} {...fieldProps(words)}>
      <FieldFrame {...words}>
        {end ? (
          <div className="ui-field-line">
            {input}
            {end}
          </div>
        ) : (
          input
        )}
      </FieldFrame>
    </AriaTextField>
  )
}
