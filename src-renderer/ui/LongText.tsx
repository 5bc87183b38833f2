import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import { linesOf } from './text-lines'
import './LongText.css'

/** Height of a line in pixels, as in the stylesheet. */
const LINE = 18

/** A text of any length, line by line; only what is in sight is drawn. Scrolls by itself, by key too. */
export function LongText({ text, label }: { text: string; label: string }) {
  const scroller = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => linesOf(text), [text])
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 20,
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <section ref={scroller} className="ui-long-text" aria-label={label} tabIndex={0} dir="ltr">
      <div className="ui-long-text-all" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className="ui-long-text-line"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {lines[item.index]}
          </div>
        ))}
      </div>
    </section>
  )
}
