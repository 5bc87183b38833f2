import type { SimulatedCall } from '../vendors'
import { WEIRD_TEXTS } from '../vendors/data-faults'
import type { FaultCase } from './case'
import type { Change } from './truth'
import type { Setting, World } from './world'

const PAGE: Setting = { vendor: 'prosper', dialect: 'page' }
const OPENAPI: Setting = { vendor: 'prosper', dialect: 'openapi' }
const MALAKAI: Setting = { vendor: 'malakai' }
/** Every fault of records strikes every answer, from the first. */
const ALWAYS = { after: 0, times: null } as const

const clean = (text: string): string =>
  text
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()

const withoutTurns: Change = (truth) => ({ ...truth, turns: [] })

/** Weird texts in the places of the turns, in turn; the unspoken one counts with Malakai. */
const weird: Change = (truth) => ({
  ...truth,
  turns: WEIRD_TEXTS.map((text, index) => {
    const turn = truth.turns[index % Math.max(truth.turns.length, 1)]
    return {
      speaker: turn?.speaker ?? 'other',
      redirect: null,
      startMs: turn?.startMs ?? null,
      text: clean(text),
    }
  }),
})

const startsAt =
  (at: (index: number, count: number, before: number | null) => number | null): Change =>
  (truth) => ({
    ...truth,
    turns: truth.turns.map((turn, index) => ({
      ...turn,
      startMs: at(index, truth.turns.length, turn.startMs),
    })),
  })

const roundedLength: Change = (truth, call) => ({ ...truth, durationMs: Math.round(call.lengthSec) * 1000 })

/** A cut-off text is shown as one turn of somebody: better than none. */
const cutConversation: Change = (truth, call) => {
  const turns = call.turns.length === 0 ? [] : truth.turns
  const written = JSON.stringify(
    turns.map((turn, index) => {
      const role = turn.speaker === 'agent' ? 'assistant' : 'user'
      const token = turn.redirect === null ? '' : ` REDIRECT_${turn.redirect}`
      const spoken = call.turns[index - 1]?.text ?? turn.text
      return { role, content: `${role === 'user' && index > 0 ? ' ' : ''}${spoken}${token}` }
    }),
  )
  const text = written.slice(0, Math.max(1, written.length >> 1)).trim()
  return { ...truth, turns: [{ speaker: 'other', text, redirect: null, startMs: null }] }
}

const summaryAlone =
  (isMissing: (call: SimulatedCall) => boolean): Change =>
  (truth, call) =>
    isMissing(call) ? { ...truth, completeness: 'summary', turns: [], vendorScore: null, fields: {} } : truth

/** Everything that a record says differently, and still means: what is kept is the same, or what is expected of it. */
const records: readonly (Pick<FaultCase, 'name' | 'about' | 'setting'> & {
  fault: Parameters<World['setFaults']>[0][number]
  truth?: Change
})[] = [
  {
    name: 'wrong types (Prosper)',
    about: 'Numbers as text, text as numbers.',
    setting: PAGE,
    fault: { name: 'wrong-types', ...ALWAYS },
  },
  {
    name: 'wrong types (Prosper OpenAPI)',
    about: 'Numbers as text, text as numbers.',
    setting: OPENAPI,
    fault: { name: 'wrong-types', ...ALWAYS },
  },
  {
    name: 'wrong types (Malakai)',
    about: 'Numbers as text, text as numbers.',
    setting: MALAKAI,
    fault: { name: 'wrong-types', ...ALWAYS },
  },
  {
    name: 'ids as text in details',
    about: 'Ids are numbers in the list and text in the details.',
    setting: PAGE,
    fault: { name: 'wrong-types', on: 'detail', ...ALWAYS },
  },
  {
    name: 'ids as text in lists',
    about: 'Ids are text in the list and numbers in the details.',
    setting: PAGE,
    fault: { name: 'wrong-types', on: 'list', ...ALWAYS },
  },
  {
    name: 'null for lists (Prosper)',
    about: 'null where a record promises a list.',
    setting: PAGE,
    fault: { name: 'null-lists', ...ALWAYS },
    truth: withoutTurns,
  },
  {
    name: 'null for lists (Malakai)',
    about: 'null where a record promises a list.',
    setting: MALAKAI,
    fault: { name: 'null-lists', ...ALWAYS },
    truth: withoutTurns,
  },
  {
    name: 'unknown fields (Prosper)',
    about: 'Fields that nobody has heard of, kept.',
    setting: PAGE,
    fault: { name: 'unknown-fields', ...ALWAYS },
    truth: (truth) => ({ ...truth, fields: { ...truth.fields, constructor: 'mine' } }),
  },
  {
    name: 'unknown fields (Malakai)',
    about: 'Fields that nobody has heard of, kept.',
    setting: MALAKAI,
    fault: { name: 'unknown-fields', ...ALWAYS },
    truth: (truth) => ({
      ...truth,
      fields: { constructor: 'mine', x_mood_ring: { colour: 'teal', depth: [1, 2, { three: null }] } },
    }),
  },
  {
    name: 'unknown status (Prosper)',
    about: 'A status that nobody has heard of.',
    setting: PAGE,
    fault: { name: 'unknown-status', ...ALWAYS },
    truth: (truth) => ({ ...truth, status: 'teleported', sentiment: 'bemused' }),
  },
  {
    name: 'unknown status (Malakai)',
    about: 'A status and a sentiment that nobody has heard of.',
    setting: MALAKAI,
    fault: { name: 'unknown-status', ...ALWAYS },
    truth: (truth) => ({ ...truth, status: 'teleported', sentiment: 'bemused' }),
  },
  {
    name: 'turns out of order',
    about: 'Timestamps run backwards.',
    setting: PAGE,
    fault: { name: 'unordered-times', ...ALWAYS },
    truth: startsAt((index, count) => (count - index) * 1000),
  },
  {
    name: 'turn after the end',
    about: 'A turn an hour after the end of the call.',
    setting: PAGE,
    fault: { name: 'turn-after-end', ...ALWAYS },
    truth: startsAt((index, count, before) => (index === count - 1 ? 7_200_000 : before)),
  },
  {
    name: 'bad times',
    about: 'Negative, text and absent timestamps.',
    setting: PAGE,
    fault: { name: 'bad-times', ...ALWAYS },
    truth: startsAt((index) => (index % 4 === 3 ? 4500 : null)),
  },
  {
    name: 'weird texts (Prosper)',
    about: 'Emoji, RTL, Devanagari, CJK, NUL, lone surrogates, markup.',
    setting: PAGE,
    fault: { name: 'weird-texts', ...ALWAYS },
    truth: (truth, call) => ({ ...weird(truth, call), summary: clean(WEIRD_TEXTS.join(' ')) }),
  },
  {
    name: 'weird texts (Malakai)',
    about: 'Emoji, RTL, Devanagari, CJK, NUL, lone surrogates, markup.',
    setting: MALAKAI,
    fault: { name: 'weird-texts', ...ALWAYS },
    truth: weird,
  },
  {
    name: 'lengths as text (Prosper OpenAPI)',
    about: '"180", "180.0", "03:00", "0:03:00", "180 seconds".',
    setting: OPENAPI,
    fault: { name: 'string-lengths', ...ALWAYS },
  },
  {
    name: 'lengths as text (Malakai)',
    about: '"180", "180.0", "03:00", "0:03:00", "180 seconds".',
    setting: MALAKAI,
    fault: { name: 'string-lengths', ...ALWAYS },
    truth: roundedLength,
  },
  {
    name: 'turns as maps of texts',
    about: 'Turns under other names, timestamps as text.',
    setting: OPENAPI,
    fault: { name: 'string-map-transcript', ...ALWAYS },
  },
  {
    name: 'odd dates (Prosper)',
    about: 'Dates as epochs, with offsets, blanks, six decimals.',
    setting: PAGE,
    fault: { name: 'odd-dates', ...ALWAYS },
  },
  {
    name: 'odd dates (Malakai outbound)',
    about: 'Dates as epochs, with offsets, blanks, six decimals.',
    setting: { vendor: 'malakai', shape: 'outbound' },
    fault: { name: 'odd-dates', ...ALWAYS },
  },
  {
    name: 'nested JSON',
    about: 'Conversation and analysis as JSON texts.',
    setting: MALAKAI,
    fault: { name: 'nested-json', ...ALWAYS },
  },
  {
    name: 'broken analysis',
    about: 'The analysis is a JSON text that is cut off.',
    setting: MALAKAI,
    fault: { name: 'broken-nested-json', ...ALWAYS },
    truth: (truth) => ({
      ...truth,
      fields: { analysis: '[{"question":"Was the caller content?","answer":"y' },
    }),
  },
  {
    name: 'broken conversation',
    about: 'The conversation is a JSON text that is cut off.',
    setting: MALAKAI,
    fault: { name: 'broken-conversation', ...ALWAYS },
    truth: cutConversation,
  },
  {
    name: 'code as text',
    about: 'responseCode is "2000".',
    setting: MALAKAI,
    fault: { name: 'code-as-string', ...ALWAYS },
  },
  {
    name: 'details missing for some',
    about: 'Listed calls whose details are a 404 at both paths.',
    setting: { ...PAGE, hasWeather: false },
    fault: { name: 'missing-details', ...ALWAYS },
    truth: summaryAlone((call) => call.id % 5 === 0),
  },
]

const recordCases = records.map(
  ({ fault, ...rest }): FaultCase => ({ ...rest, faults: [fault], ends: 'done', isLasting: true }),
)

const storedCount = ({ backend }: World): number =>
  Number(backend.db.prepare('SELECT count(*) FROM calls').pluck().get())
const storedIds = ({ backend }: World): string[] =>
  backend.db.prepare<[], string>('SELECT external_id FROM calls').pluck().all()

/** What tells Malakai's calls apart that come without ids and recordings. */
const apart = ({ simulator }: World): number =>
  new Set(
    simulator.calls.map(({ person, line, lengthSec, turns, campaignId, redirect }) =>
      JSON.stringify([person, line, lengthSec, turns.map(({ text }) => text), campaignId, redirect]),
    ),
  ).size

const countedApart = (world: World): void => {
  if (storedCount(world) !== apart(world))
    throw new Error(`${storedCount(world)} calls are kept of ${apart(world)} that can be told apart.`)
}

/** What lists do wrong. */
const listCases: readonly FaultCase[] = [
  ...([PAGE, OPENAPI] as const).flatMap((setting): FaultCase[] => {
    const of = setting.dialect === 'openapi' ? 'Prosper OpenAPI' : 'Prosper'
    const plain = { ...setting, hasWeather: false }
    return [
      {
        name: `rows shift (${of})`,
        about: 'New calls come in while pages are read: rows move to later pages.',
        setting,
        faults: [{ name: 'shifting-rows', times: 5 }],
        upToAfter: 1,
        ends: 'done',
      },
      {
        name: `rows slip (${of})`,
        about: 'Calls vanish while pages are read: rows move to earlier pages.',
        setting,
        faults: [{ name: 'shrinking-rows' }],
        upToAfter: 2,
        ends: 'done',
      },
      {
        name: `a page vanishes (${of})`,
        about: 'The last page is gone when its turn comes.',
        setting,
        faults: [{ name: 'vanishing-page', after: 1 }],
        ends: 'either',
      },
      {
        name: `list grows (${of})`,
        about: 'Older calls turn up with each page.',
        setting,
        faults: [{ name: 'growing-total' }],
        upToAfter: 1,
        ends: 'done',
      },
      {
        name: `rows twice (${of})`,
        about: 'Each row twice, and the last one of the page before.',
        setting,
        faults: [{ name: 'duplicate-rows', ...ALWAYS }],
        ends: 'done',
        isLasting: true,
      },
      {
        name: `same page twice (${of})`,
        about: 'The first page is given for the second one too, once.',
        setting,
        faults: [{ name: 'same-page-twice', on: 'list', after: 0 }],
        ends: 'done',
      },
      {
        name: `an empty page (${of})`,
        about: 'A page comes empty although more follow, once.',
        setting: plain,
        faults: [{ name: 'empty-page', after: 1 }],
        ends: 'done',
      },
      {
        name: `no total (${of})`,
        about: 'Nothing says where the list ends.',
        setting,
        faults: [{ name: 'no-total', ...ALWAYS }],
        ends: 'done',
        isLasting: true,
      },
      {
        name: `a 404 beyond the end (${of})`,
        about: 'No total, and a page beyond the end is a 404.',
        setting,
        faults: [{ name: 'strict-end', ...ALWAYS }],
        ends: 'done',
        isLasting: true,
      },
      {
        name: `ties change places (${of})`,
        about: 'Calls of the same second stand in another order each time, over the edges of pages.',
        setting: plain,
        faults: [{ name: 'unstable-ties', times: 12, after: 0 }],
        ends: 'done',
      },
      {
        name: `null for the list (${of})`,
        about: 'null instead of an empty list.',
        setting: plain,
        faults: [{ name: 'null-items', ...ALWAYS }],
        ends: 'done',
      },
    ]
  }),
  {
    name: 'total too small',
    about: 'The total leaves three calls out.',
    setting: PAGE,
    faults: [{ name: 'total-too-small', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
  },
  {
    name: 'total is a word',
    about: 'The total is "many".',
    setting: PAGE,
    faults: [{ name: 'total-nonsense', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
  },
  {
    name: 'total too big',
    about: 'The total counts three calls that are not there.',
    setting: { ...PAGE, hasWeather: false },
    faults: [{ name: 'total-too-big', ...ALWAYS }],
    ends: 'failed',
    isLasting: true,
    says: /is incomplete: .* calls\. Nothing was taken for its end; sync again later/,
  },
  {
    name: 'a loop of pages',
    about: 'Every page is the first one.',
    setting: { ...PAGE, hasWeather: false },
    faults: [{ name: 'page-loop', ...ALWAYS }],
    ends: 'failed',
    says: /same calls as the page before/,
  },
  {
    name: 'pages smaller than asked',
    about: 'Seven rows a page, whatever is asked for.',
    setting: { ...PAGE, pageSizes: [9, 10] },
    faults: [{ name: 'small-pages', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
  },
  {
    name: 'empty list',
    about: 'No calls at all, then all of them.',
    setting: { ...PAGE, hasWeather: false },
    faults: [{ name: 'empty-list', ...ALWAYS }],
    ends: 'done',
  },
  {
    name: 'empty list after a full one',
    about: 'All calls are gone at once: all stay, marked; then they are back.',
    setting: { ...PAGE, hasWeather: false },
    play: async (world) => {
      await world.sync()
      world.setFaults([{ name: 'empty-list' }])
      await world.sync()
      const marked = Number(
        world.backend.db.prepare('SELECT count(*) FROM calls WHERE gone_since_ms IS NOT NULL').pluck().get(),
      )
      if (marked !== world.calls.length)
        throw new Error(`${marked} of ${world.calls.length} calls are marked.`)
    },
    ends: 'done',
  },
  {
    name: 'duplicate rows (Malakai)',
    about: 'Each log twice.',
    setting: MALAKAI,
    faults: [{ name: 'duplicate-rows', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
  },
  {
    name: 'null for the logs',
    about: 'null instead of an empty list of logs.',
    setting: { ...MALAKAI, hasWeather: false },
    faults: [{ name: 'null-items', ...ALWAYS }],
    ends: 'done',
  },
  {
    name: 'unreadable rows of a list',
    about: 'null, a text and an object without an id stand between the calls: set aside.',
    setting: { ...PAGE, hasWeather: false },
    faults: [{ name: 'unreadable-records', on: 'list', after: 0 }],
    ends: 'done',
    quarantined: () => [null, 'a call', { note: 'nobody knows' }],
  },
  {
    name: 'unreadable logs',
    about: 'null, a text and an object without anything stand between the logs: set aside.',
    setting: { ...MALAKAI, hasWeather: false },
    faults: [{ name: 'unreadable-records', after: 0 }],
    ends: 'done',
    quarantined: () => [null, 'a call', { note: 'nobody knows' }],
  },
  {
    name: 'unreadable details',
    about: 'Details that are null or a text are set aside, and let go once they can be read.',
    setting: PAGE,
    faults: [{ name: 'unreadable-records', on: 'detail', after: 0 }],
    ends: 'done',
    check: ({ backend }) => {
      const aside = Number(backend.db.prepare('SELECT count(*) FROM quarantine').pluck().get())
      if (aside === 0) throw new Error('Nothing was set aside.')
    },
  },
  {
    name: 'a transcript of 5 MB (Prosper)',
    about: 'One call in ten has 5 MB of text.',
    setting: { ...PAGE, pageSizes: [4], pages: [1, 2], hasWeather: false },
    faults: [{ name: 'huge-transcript', on: 'detail', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
    truth: (truth, call) => (call.id % 10 === 0 ? huge(truth, call) : truth),
  },
  {
    name: 'a transcript of 5 MB (Malakai)',
    about: 'The newest call has 5 MB of text.',
    setting: { ...MALAKAI, pageSizes: [4], pages: [1], hasWeather: false },
    faults: [{ name: 'huge-transcript', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
    isContentKnown: false,
    checkEnd: ({ backend }) => {
      const longest = Number(backend.db.prepare('SELECT max(length(text)) FROM turns').pluck().get())
      if (longest < 100_000) throw new Error(`The longest turn has ${longest} characters.`)
    },
  },
  {
    name: 'logs without ids',
    about: 'No session_id, no call_sid: known by what stays the same.',
    setting: MALAKAI,
    faults: [{ name: 'no-ids', ...ALWAYS }],
    ends: 'done',
    isLasting: true,
    externalIds: storedIds,
    checkEnd: countedApart,
  },
  {
    name: 'logs without ids, twins',
    about: 'Two logs without ids that are the same in every field count as one, always.',
    setting: { ...MALAKAI, hasWeather: false },
    faults: (world) => {
      const { calls } = world
      const twins = [world.choose(calls), world.choose(calls)].map((call, at) => ({
        ...call,
        id: 90_001 + at,
      }))
      world.simulator.addCalls(twins)
      return [{ name: 'no-ids', ...ALWAYS }]
    },
    ends: 'done',
    isLasting: true,
    externalIds: storedIds,
    checkEnd: countedApart,
  },
]

function huge(truth: Parameters<Change>[0], call: SimulatedCall): ReturnType<Change> {
  const size = (5 * 1024 * 1024) / 5 / Math.max(call.turns.length, 1)
  const text = 'blah '.repeat(size).trim()
  return { ...truth, turns: truth.turns.map((turn) => ({ ...turn, text })) }
}

/** Every published shape, without a fault. */
const shapeCases: readonly FaultCase[] = [
  {
    name: 'workflow logs',
    about: "Malakai's workflows: a list in `data`, conversations as JSON texts.",
    setting: { vendor: 'malakai', shape: 'workflow' },
    ends: 'done',
  },
  {
    name: 'outbound logs',
    about: "Malakai's outbound logs, with ids, dates and contacts.",
    setting: { vendor: 'malakai', shape: 'outbound', campaigns: 3 },
    ends: 'done',
  },
  {
    name: 'inbound logs',
    about: "Malakai's inbound logs, of three campaigns, one of them empty.",
    setting: { vendor: 'malakai', campaigns: 3 },
    ends: 'done',
  },
  {
    name: 'one detail path: plain',
    about: 'Details at the first path alone.',
    setting: { ...PAGE, detailPaths: 'plain' },
    ends: 'done',
  },
  {
    name: 'one detail path: campaigns',
    about: 'Details at the second path alone.',
    setting: { ...PAGE, detailPaths: 'campaigns' },
    ends: 'done',
  },
  {
    name: 'the whole organisation',
    about: 'No campaign is named: the OpenAPI shape lists all.',
    setting: { ...OPENAPI, isWholeOrganisation: true, campaigns: 2, hasWeather: false },
    ends: 'done',
  },
  {
    name: 'three campaigns (Prosper)',
    about: 'Three campaigns, one of them empty.',
    setting: { ...PAGE, campaigns: 3 },
    ends: 'done',
  },
  {
    name: 'three campaigns (Prosper OpenAPI)',
    about: 'Three campaigns, one of them empty.',
    setting: { ...OPENAPI, campaigns: 3 },
    ends: 'done',
  },
]

export const dataCases: readonly FaultCase[] = [...recordCases, ...listCases, ...shapeCases]
