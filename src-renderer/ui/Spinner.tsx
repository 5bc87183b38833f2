import './Spinner.css'

/** Something is going on. Decorative: whoever shows it also says what, in words or by `aria-busy`. */
export function Spinner({ size = 16 }: { size?: number }) {
  return (
    <svg className="ui-spinner" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.25" className="ui-spinner-track" />
      <path d="M8 1.75A6.25 6.25 0 0 1 14.25 8" className="ui-spinner-arc" />
    </svg>
  )
}
