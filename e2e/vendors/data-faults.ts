import type { SimulatedCall } from './calls'

type Json = Record<string, unknown>

/** What a data fault may do to the calls before a list is answered. */
export interface World {
  /** Newest first. */
  readonly calls: readonly SimulatedCall[]
  /** A call like the others: `newest` begins now and shifts all rows, `oldest` comes at the end of the list. */
  addCall(place: 'newest' | 'oldest'): void
  /** The vendor no longer lists it. */
  removeCall(place: 'newest' | 'oldest'): void
}

/** Spoils what an answer says. */
export interface DataFault {
  kind: 'data'
  about: string
  /** How many answers it spoils; null: all. */
  times: number | null
  /** Before a list is answered. */
  arrange?: (world: World) => void
  /** The most rows on a page, whatever was asked for. */
  pageSize?: number
  /** Rows of a page, before they are sent: `all` is the whole listing, `from` where the page begins in it. */
  page?: <Row>(rows: Row[], all: readonly Row[], from: number) => Row[]
  /** A page beyond the end is an error (404), as some frameworks have it. */
  hasStrictEnd?: boolean
  /** Whether the details of a call are not there, although it is listed. */
  isMissing?: (id: number) => boolean
  /** One record: a list's row, a detail, a log. `place` is its place in the answer. */
  record?: (record: Json, place: number) => unknown
  /** The whole answer around the records. */
  envelope?: (answer: Json) => unknown
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The turns of a record of either vendor, as they are to be changed. */
function withTurns(record: Json, change: (turns: Json[], textKey: 'text' | 'content') => unknown[]): Json {
  if (Array.isArray(record.transcript)) return { ...record, transcript: change(record.transcript, 'text') }
  if (Array.isArray(record.transcripts))
    return { ...record, transcripts: change(record.transcripts, 'content') }
  if (isObject(record.transcript) && Array.isArray(record.transcript.conversation)) {
    const conversation = change(record.transcript.conversation, 'content')
    return { ...record, transcript: { ...record.transcript, conversation } }
  }
  return record
}

/** Numbers as strings, numeric strings as numbers. */
function swapTypes(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value)
  if (Array.isArray(value)) return value.map(swapTypes)
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, swapTypes(item)]))
    : value
}

function nullLists(value: unknown): unknown {
  if (Array.isArray(value)) return null
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, nullLists(item)]))
    : value
}

let turn = 0

/** The rows with each run of equal `created_at` turned one further than at the call before. */
function rotatedTies<Row>(all: readonly Row[]): Row[] {
  turn += 1
  const beganAt = (row: Row | undefined): unknown =>
    isObject(row) && isObject(row.record) ? row.record.created_at : undefined
  const rotated: Row[] = []
  for (let from = 0; from < all.length; ) {
    let to = from + 1
    while (to < all.length && beganAt(all[to]) === beganAt(all[from])) to++
    const run = all.slice(from, to)
    const by = turn % run.length
    rotated.push(...run.slice(by), ...run.slice(0, by))
    from = to
  }
  return rotated
}

export const WEIRD_TEXTS = [
  'That is great👍🏽 👩‍👩‍👧 really',
  '\u202eright to left override\u202c',
  'مرحبا، كيف يمكنني مساعدتك؟',
  'नमस्ते, मैं आपकी कैसे सहायता करूँ?',
  '你好，我想取消预约。',
  'ご予約を確認いたします。',
  'nul\u0000in the middle',
  'lone \ud83d surrogate \udc4d',
  '   ',
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.com")',
  'REDIRECT_',
] as const

/** Exported for tests that count bytes. */
export const HUGE_TRANSCRIPT_BYTES = 5 * 1024 * 1024

const data = (about: string, fault: Partial<Omit<DataFault, 'kind' | 'about'>>): DataFault => ({
  kind: 'data',
  about,
  times: null,
  ...fault,
})

export const dataFaults = {
  'empty-list': data('No calls at all.', {
    page: () => [],
    envelope: (answer) => ('total' in answer ? { ...answer, total: 0 } : answer),
  }),
  'no-total': data('Nothing says where the list ends: the client finds out by asking for a page beyond.', {
    envelope: ({ total: _total, page_count: _pages, next_page: _next, ...answer }) => answer,
  }),
  'growing-total': data('An older call turns up with each page; five in all.', {
    times: 5,
    arrange: (world) => world.addCall('oldest'),
  }),
  'shifting-rows': data(
    'A new call comes in before each page, so that rows shift to later pages; five in all.',
    {
      times: 5,
      arrange: (world) => world.addCall('newest'),
    },
  ),
  'shrinking-rows': data(
    'The newest call is taken away before each page, so that rows slip to earlier pages; three in all.',
    { times: 3, arrange: (world) => world.removeCall('newest') },
  ),
  'unstable-ties': data(
    'Calls that began in the same second stand in another order with each answer; six in all.',
    { times: 6, page: (rows, all, from) => rotatedTies(all).slice(from, from + rows.length) },
  ),
  'vanishing-page': data('The seven oldest calls are taken away: the last page is gone; once.', {
    times: 1,
    arrange: (world) => {
      for (let count = 0; count < 7; count++) world.removeCall('oldest')
    },
  }),
  'strict-end': data('A page beyond the end is a 404, and nothing says where the end is.', {
    hasStrictEnd: true,
    envelope: ({ total: _total, page_count: _pages, next_page: _next, ...answer }) => answer,
  }),
  'total-too-small': data('The total leaves three calls out.', {
    envelope: (answer) =>
      typeof answer.total === 'number' ? { ...answer, total: Math.max(0, answer.total - 3) } : answer,
  }),
  'total-too-big': data('The total counts three calls that are not listed.', {
    envelope: (answer) =>
      typeof answer.total === 'number' ? { ...answer, total: answer.total + 3 } : answer,
  }),
  'total-nonsense': data('The total is a word.', {
    envelope: (answer) => ('total' in answer ? { ...answer, total: 'many' } : answer),
  }),
  'duplicate-rows': data('Each row twice, and the last row of the page before once more.', {
    page: (rows, all, from) => [
      ...all.slice(Math.max(0, from - 1), from),
      ...rows.flatMap((row) => [row, row]),
    ],
  }),
  'same-page-twice': data('The first page is given twice, once.', {
    times: 2,
    page: (rows, all, from) => (from > 0 ? all.slice(0, rows.length) : rows),
  }),
  'page-loop': data('Every page is the first one.', { page: (rows, all) => all.slice(0, rows.length) }),
  'empty-page': data('A page comes empty although more is promised; once.', { times: 1, page: () => [] }),
  'small-pages': data('Pages are smaller than asked for, and say so.', {
    pageSize: 7,
  }),
  'wrong-types': data('Numbers as strings, strings as numbers.', {
    record: (record) => swapTypes(record),
    envelope: (answer) => ('total' in answer ? { ...answer, total: String(answer.total) } : answer),
  }),
  'null-lists': data('null where a list is promised inside a record.', {
    record: (record) => nullLists(record),
  }),
  'null-items': data('null instead of an empty list.', {
    page: () => [],
    envelope: (answer) => {
      if (isObject(answer.data)) return { ...answer, data: { ...answer.data, logs: null } }
      return 'items' in answer
        ? { ...answer, items: null, total: 0 }
        : { ...answer, call_logs: null, page_count: 0, next_page: null }
    },
  }),
  'unknown-fields': data('Fields nobody has heard of, in the records and around them.', {
    record: (record) => ({
      ...record,
      x_mood_ring: { colour: 'teal', depth: [1, 2, { three: null }] },
      constructor: 'mine',
    }),
    envelope: (answer) => ({ ...answer, x_server: 'new' }),
  }),
  'unknown-status': data('A status and a sentiment nobody has heard of.', {
    record: (record) => ({ ...record, status: 'teleported', sentiment: 'bemused' }),
  }),
  'unordered-times': data('Timestamps run backwards.', {
    record: (record) =>
      withTurns(record, (turns) =>
        turns.map((turn, index) => ({ ...turn, timestamp: turns.length - index })),
      ),
  }),
  'turn-after-end': data('The last turn begins an hour after the end of the call.', {
    record: (record) =>
      withTurns(record, (turns) =>
        turns.map((turn, index) => (index === turns.length - 1 ? { ...turn, timestamp: 7200 } : turn)),
      ),
  }),
  'bad-times': data('Negative, text and absent timestamps.', {
    record: (record) =>
      withTurns(record, (turns) =>
        turns.map((turn, index) => ({ ...turn, timestamp: [-3, 'soon', null, '4.5'][index % 4] })),
      ),
  }),
  'weird-texts': data('Emoji, right-to-left, Devanagari, CJK, NUL, lone surrogates, markup in every turn.', {
    record: (record) =>
      withTurns({ ...record, summary: WEIRD_TEXTS.join(' ') }, (turns, textKey) =>
        WEIRD_TEXTS.map((text, index) => ({ ...turns[index % Math.max(turns.length, 1)], [textKey]: text })),
      ),
  }),
  'huge-transcript': data('A transcript of 5 MB, in one record an answer.', {
    record: (record, place) =>
      place > 0
        ? record
        : withTurns(record, (turns, textKey) =>
            turns.map((turn) => ({
              ...turn,
              [textKey]: 'blah '.repeat(HUGE_TRANSCRIPT_BYTES / 5 / Math.max(turns.length, 1)),
            })),
          ),
  }),
  'unreadable-records': data(
    'The first three records of an answer are null, a text and an object without an id.',
    {
      record: (record, place) =>
        place === 0 ? null : place === 1 ? 'a call' : place === 2 ? { note: 'nobody knows' } : record,
    },
  ),
  'string-lengths': data('Lengths as text, in several ways.', {
    record: (record) => {
      const key = ['duration', 'call_length', 'call_duration'].find((name) => name in record)
      if (key === undefined) return record
      const seconds = Math.round(Number(record[key]))
      const clock = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
      return {
        ...record,
        [key]: [`${seconds}`, `${seconds}.0`, clock, `0:${clock}`, `${seconds} seconds`][seconds % 5],
      }
    },
  }),
  'odd-dates': data(
    'Dates as epoch seconds, epoch milliseconds, with an offset, with a blank, with six decimals.',
    {
      record: (record, place) => {
        const ms = Date.parse(String(record.created_at))
        if (Number.isNaN(ms)) return record
        const iso = new Date(ms).toISOString()
        const offset = `${new Date(ms + 19_800_000).toISOString().slice(0, -1)}+05:30`
        const forms = [ms / 1000, ms, offset, iso.slice(0, 19).replace('T', ' '), `${iso.slice(0, 23)}000Z`]
        return { ...record, created_at: forms[place % forms.length] }
      },
    },
  ),
  'missing-details': data('Every fifth call is listed, and has no details.', {
    isMissing: (id) => id % 5 === 0,
  }),
  'string-map-transcript': data('Turns as maps of strings under other names.', {
    record: (record) =>
      withTurns(record, (turns, textKey) =>
        turns.map(({ [textKey]: text, speaker, role, timestamp }) => ({
          role: String(speaker ?? role),
          message: String(text),
          ...(timestamp === undefined ? {} : { start: String(timestamp) }),
        })),
      ),
  }),
  'no-ids': data('Records of Malakai without session_id and call_sid (empty and placeholders).', {
    record: (record) => ('session_id' in record ? { ...record, session_id: '', call_sid: 'N/A' } : record),
  }),
  'broken-nested-json': data("Malakai's `analysis` is a JSON string that is cut off.", {
    record: (record) => ({ ...record, analysis: '[{"question":"Was the caller content?","answer":"y' }),
  }),
  'broken-conversation': data("Malakai's conversation is a JSON string that is cut off.", {
    record: (record) => {
      const cut = (value: unknown) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value)
        return text.slice(0, Math.max(1, text.length >> 1))
      }
      if (typeof record.conversation === 'string')
        return { ...record, conversation: cut(record.conversation) }
      return isObject(record.transcript)
        ? {
            ...record,
            transcript: { ...record.transcript, conversation: cut(record.transcript.conversation ?? []) },
          }
        : record
    },
  }),
  'nested-json': data("Malakai's conversation as a JSON string, with an `analysis` that is one too.", {
    record: (record) =>
      isObject(record.transcript)
        ? {
            ...record,
            transcript: {
              ...record.transcript,
              conversation: JSON.stringify(record.transcript.conversation),
            },
            analysis: JSON.stringify([{ question: 'Was the caller content?', answer: 'yes' }]),
          }
        : record,
  }),
} satisfies Record<string, DataFault>

const code = (about: string, times: number | null, envelope: DataFault['envelope']): DataFault => ({
  kind: 'data',
  about,
  times,
  ...(envelope === undefined ? {} : { envelope }),
})

/** Malakai says in the body how it went. */
export const codeFaults = {
  'code-as-string': code('responseCode "2000" as text.', null, (answer) =>
    'responseCode' in answer ? { ...answer, responseCode: '2000' } : answer,
  ),
  'code-missing': code(
    'HTTP 200 without a responseCode.',
    null,
    ({ responseCode: _code, ...answer }) => answer,
  ),
  'code-5000': code('HTTP 200 with responseCode 5000 and a message; once.', 1, (answer) =>
    'responseCode' in answer ? { responseCode: 5000, message: 'Somthing went wrong', data: null } : answer,
  ),
  'code-4010': code('HTTP 200 with responseCode 4010: the key is refused.', null, (answer) =>
    'responseCode' in answer ? { responseCode: 4010, message: 'Unathorized acess' } : answer,
  ),
  'code-3111': code('HTTP 200 with a responseCode that nobody can interpret.', null, (answer) =>
    'responseCode' in answer ? { responseCode: 3111, message: 'Plan exeeded' } : answer,
  ),
} satisfies Record<string, DataFault>
