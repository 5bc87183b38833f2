import { RecordingState, Speaker, Vendor } from '../common'
import type { FieldName } from './ast'

/** What a field's values look like. */
export interface Field {
  kind: 'text' | 'choice' | 'date' | 'number' | 'duration' | 'percent' | 'any'
  choices: readonly string[]
  /** What is expected behind the colon, for messages and menus. */
  expected: string
}

const text = (expected: string): Field => ({ kind: 'text', choices: [], expected })
const choice = (choices: readonly string[]): Field => ({ kind: 'choice', choices, expected: oneOf(choices) })
const any = (expected: string): Field => ({ kind: 'any', choices: [], expected })
const oneOf = (all: readonly string[]): string =>
  all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`

/** Every field of the query language, in the order in which menus offer them. */
export const FIELDS: Readonly<Record<FieldName, Field>> = {
  source: choice(Vendor.options),
  connection: text('a connection’s name, such as connection:"Front desk"'),
  campaign: text('a campaign, such as campaign:"Inbound sales"'),
  status: text('a status, such as status:completed'),
  sentiment: text('a sentiment, such as sentiment:negative'),
  goal: text('whether the goal was achieved, such as goal:no'),
  redirect: text('where the call was sent, such as redirect:sales'),
  from: text('a number or its beginning, such as from:+1098*'),
  to: text('a number or its beginning, such as to:+1098*'),
  speaker: choice(Speaker.options),
  date: {
    kind: 'date',
    choices: ['today', 'yesterday', 'last-7-days', 'last-30-days'],
    expected:
      'a date, such as 2026-01-15, 2026-01, 2026-01..2026-02, today, yesterday or last-7-days (days, weeks, months)',
  },
  score: { kind: 'number', choices: [], expected: 'a number, such as <70, >=85 or 70..90' },
  duration: { kind: 'duration', choices: [], expected: 'a length, such as >5m, <90s or 1m..2m30s' },
  talk: {
    kind: 'percent',
    choices: [],
    expected: 'the agent’s part of what is spoken, such as >60% or 40%..60%',
  },
  silence: { kind: 'percent', choices: [], expected: 'how much of the call nobody speaks, such as >30%' },
  deadair: { kind: 'duration', choices: [], expected: 'the longest silence in the call, such as >5s' },
  monologue: {
    kind: 'duration',
    choices: [],
    expected: 'the longest time that one talks without the other, such as >60s',
  },
  interruptions: {
    kind: 'number',
    choices: [],
    expected: 'how often the agent interrupts the caller, such as >2',
  },
  latency: {
    kind: 'duration',
    choices: [],
    expected: 'how long the agent usually takes to answer, such as >2s or >800ms',
  },
  has: choice(['recording', 'annotation', 'deadair']),
  recording: choice(RecordingState.options),
  kept: choice(['yes', 'no']),
  reviewed: choice(['yes', 'no']),
  changed: choice(['yes', 'no']),
  label: text('an annotation’s label, such as label:"Missed intent"'),
  reviewer: text('a reviewer’s name, such as reviewer:ortiz'),
  data: any(
    'what the vendor took out of the call, such as data.appointment_scheduled:true or data.amount:>100',
  ),
  qa: any('a result of the vendor’s QA, such as qa.greeting:pass or qa.overall_score:<70'),
}

/** Fields that are followed by a dot and a path of the vendor's. */
export const hasPath = (field: FieldName): boolean => FIELDS[field].kind === 'any'

const ALIASES: Readonly<Record<string, FieldName>> = { vendor: 'source' }

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[]

/** The field of that name, in any case; null when there is none. */
export function fieldNamed(name: string): FieldName | null {
  const lower = name.toLowerCase()
  if (Object.hasOwn(ALIASES, lower)) return ALIASES[lower] ?? null
  return FIELD_NAMES.find((field) => field === lower) ?? null
}
