import { Check, X } from 'lucide-react'
import { t } from '../app/words'
import { formatDate } from '../ui'
import type { FieldNode } from './field-tree'

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/

/** Longer texts stand below their label, not beside it. */
const LONG = 28

/** A vendor's fields as rows; what is nested is indented. */
export function FieldTree({ nodes }: { nodes: readonly FieldNode[] }) {
  return (
    <dl className="fields">
      {nodes.map((node, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items of a list have no names, and never move
        <Field key={`${node.name} ${index}`} node={node} />
      ))}
    </dl>
  )
}

function Field({ node }: { node: FieldNode }) {
  if (node.kind === 'group')
    return (
      <div className="field field-group">
        {node.label === '' ? null : <dt>{node.label}</dt>}
        <dd>
          <FieldTree nodes={node.children} />
        </dd>
      </div>
    )
  if (node.kind === 'verdict')
    return (
      <div className="field">
        <dt title={node.name}>{node.label}</dt>
        <dd className="field-verdict">
          {node.score === null ? null : <span className="tabular">{node.score}</span>}
          {node.passed === null ? null : <Passed isPassed={node.passed} />}
        </dd>
        {node.comment ? (
          <dd className="field-comment" dir="auto">
            {node.comment}
          </dd>
        ) : null}
      </div>
    )
  return <FactRow label={node.label} name={node.name} text={node.text} />
}

/** One row: label and value; a date is said as one, and as it came in its title. */
export function FactRow({ label, name, text }: { label: string; name?: string; text: string }) {
  const isInstant = INSTANT.test(text) && !Number.isNaN(Date.parse(text))
  return (
    <div className={text.length > LONG && !isInstant ? 'field field-long' : 'field'}>
      {label === '' ? null : <dt title={name}>{label}</dt>}
      <dd dir="auto" title={isInstant ? text : undefined}>
        {isInstant ? formatDate(text) : text}
      </dd>
    </div>
  )
}

function Passed({ isPassed }: { isPassed: boolean }) {
  return (
    <span className={isPassed ? 'verdict verdict-good' : 'verdict verdict-bad'}>
      {isPassed ? <Check size={13} aria-hidden="true" /> : <X size={13} aria-hidden="true" />}
      {t(isPassed ? 'call.passed' : 'call.notPassed')}
    </span>
  )
}
