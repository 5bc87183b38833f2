import type { ReactNode } from 'react'
import { useId } from 'react'
import { Radio, RadioGroup } from 'react-aria-components'
import './ChoiceCards.css'

export interface Choice<Id extends string> {
  id: Id
  label: string
  /** One sentence on when to take it. */
  words: string
  icon: ReactNode
}

/** One of a few that need a sentence each, as cards side by side. */
export function ChoiceCards<Id extends string>({
  label,
  choices,
  value,
  onChange,
  isDisabled = false,
  autoFocus = false,
}: {
  label: string
  choices: readonly Choice<Id>[]
  value: Id
  onChange: (id: Id) => void
  isDisabled?: boolean
  /** The chosen card has the focus at first. */
  autoFocus?: boolean
}) {
  const ownId = useId()
  return (
    <RadioGroup
      aria-label={label}
      className="ui-cards"
      value={value}
      isDisabled={isDisabled}
      onChange={(id) => {
        const chosen = choices.find((choice) => choice.id === id)
        if (chosen) onChange(chosen.id)
      }}
    >
      {choices.map((choice) => (
        <Radio
          key={choice.id}
          value={choice.id}
          autoFocus={autoFocus && choice.id === value}
          className="ui-card"
          aria-label={choice.label}
          aria-describedby={`${ownId}-${choice.id}`}
        >
          <span className="ui-card-head">
            {choice.icon}
            {choice.label}
          </span>
          <span id={`${ownId}-${choice.id}`} className="ui-card-words">
            {choice.words}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  )
}
