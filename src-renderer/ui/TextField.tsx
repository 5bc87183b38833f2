import type { ReactNode, Ref } from 'react'
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
} from 'react-aria-components'
import { classNames } from './class-names'
import './Field.css'

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'children'> {
  label: string
  description?: ReactNode
  /** What is wrong with it, and what to do; null or absent: nothing. */
  problem?: string | null | undefined
  placeholder?: string
  inputRef?: Ref<HTMLInputElement>
  className?: string
}

/** One line of text with its label, a hint, and what is wrong with it. */
export function TextField({
  label,
  description,
  problem,
  placeholder = '',
  inputRef,
  className,
  ...rest
}: TextFieldProps) {
  return (
    <AriaTextField
      {...rest}
      isInvalid={Boolean(problem)}
      validationBehavior="aria"
      className={classNames('ui-field', className)}
    >
      <Label className="ui-label">{label}</Label>
      <Input className="ui-input" placeholder={placeholder} {...(inputRef ? { ref: inputRef } : {})} />
      {description && !problem ? (
        <Text slot="description" className="ui-hint">
          {description}
        </Text>
      ) : null}
      <FieldError className="ui-problem">{problem}</FieldError>
    </AriaTextField>
  )
}
