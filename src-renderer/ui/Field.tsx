import type { ReactNode } from 'react'
import { FieldError, Label, Text } from 'react-aria-components'
import { classNames } from './class-names'
import './Field.css'

/** What every field says of itself. */
export interface FieldWords {
  label: string
  description?: ReactNode
  /** What is wrong with it, and what to do; null or absent: nothing. */
  problem?: string | null | undefined
  /** The label is for screen readers only (the place already says it). */
  isLabelHidden?: boolean | undefined
  className?: string | undefined
}

/** What react-aria's field (the parent of a `FieldFrame`) is given. */
export const fieldProps = ({ label, isLabelHidden, problem, className }: FieldWords) => ({
  ...(isLabelHidden ? { 'aria-label': label } : {}),
  className: classNames('ui-field', className),
  isInvalid: Boolean(problem),
  validationBehavior: 'aria' as const,
})

/** The label above a control and, below it, a hint or what is wrong. Inside one of react-aria's fields. */
export function FieldFrame({
  label,
  isLabelHidden = false,
  isProblemBeside = false,
  description,
  problem,
  children,
}: FieldWords & {
  /** The problem stands beside the label, where offers would lie over what is below the control. */
  isProblemBeside?: boolean
  children: ReactNode
}) {
  const said = <FieldError className="ui-problem">{problem}</FieldError>
  const name = isLabelHidden ? null : <Label className="ui-label">{label}</Label>
  return (
    <>
      {isProblemBeside ? (
        <div className="ui-label-line">
          {name}
          {said}
        </div>
      ) : (
        name
      )}
      {children}
      {description && !problem ? (
        <Text slot="description" className="ui-hint">
          {description}
        </Text>
      ) : null}
      {isProblemBeside ? null : said}
    </>
  )
}
