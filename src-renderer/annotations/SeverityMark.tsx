import type { Severity } from '@contract'

/** A severity as a shape, so that it is not told by colour alone: dash, ring, triangle, octagon. */
export function SeverityMark({ severity, size = 12 }: { severity: Severity | null; size?: number }) {
  return (
    <svg
      className={`severity-mark severity-${severity ?? 'none'}`}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      {severity === null ? <path d="M2.5 6h7" /> : null}
      {severity === 'minor' ? <circle cx="6" cy="6" r="3.6" /> : null}
      {severity === 'major' ? <path d="M6 1.4 11.2 10.6H.8Z" /> : null}
      {severity === 'critical' ? (
        <>
          <path d="M4 .8h4L11.2 4v4L8 11.2H4L.8 8V4Z" />
          <path className="severity-sign" d="M5.3 2.8h1.4L6.5 7h-1Zm.7 5a.8.8 0 1 1 0 1.6.8.8 0 0 1 0-1.6Z" />
        </>
      ) : null}
    </svg>
  )
}
