import type { SimulatedCall } from '../vendors'
import type { FaultCase } from './case'
import type { Setting, World } from './world'

const PAGE: Setting = { vendor: 'prosper', dialect: 'page' }
const OPENAPI: Setting = { vendor: 'prosper', dialect: 'openapi' }
const MALAKAI: Setting = { vendor: 'malakai' }

const some = (world: World, part = 0.3): SimulatedCall[] => {
  const chosen = world.simulator.calls.filter(() => world.chance(part))
  return chosen.length > 0 ? chosen : [world.choose(world.simulator.calls)]
}

/** Whatever a sync was, this many requests it may take until it is stopped. */
const soon = (world: World): number => 1 + world.upTo(world.calls.length)

const cancelled = async (world: World): Promise<void> => {
  const { outcome } = await world.cancelAfter(soon(world))
  if (outcome !== 'cancelled' && outcome !== 'done')
    throw new Error(`A cancelled sync ended as "${outcome}".`)
}

const died = async (world: World): Promise<void> => {
  await world.dieAfter(soon(world))
}

const revisions = ({ backend }: World, externalId: string): number =>
  Number(
    backend.db
      .prepare(
        `SELECT count(*) FROM revisions WHERE kind = 'detail'
         AND call_pk = (SELECT pk FROM calls WHERE external_id = ?)`,
      )
      .pluck()
      .get(externalId),
  )

/** What happens at the vendor's between two syncs. */
const lifeCases: readonly FaultCase[] = [
  ...[PAGE, OPENAPI].map(
    (setting): FaultCase => ({
      name: `late results (${setting.dialect})`,
      about: 'QA results arrive days after their calls; nothing in the list tells.',
      setting,
      ends: 'done',
      meanwhile: (world) => {
        for (const { id } of some(world))
          world.simulator.updateCall(id, {
            [setting.dialect === 'page' ? 'qa_results' : 'qa']: {
              overall_score: world.upTo(100),
              criteria: {},
            },
          })
      },
    }),
  ),
  {
    name: 'calls in progress become final',
    about: 'Calls that were in progress weeks ago have ended since.',
    setting: { ...PAGE, daysApart: 3 },
    faults: (world) => {
      for (const { id } of some(world))
        world.simulator.updateCall(id, {
          status: world.choose(['in_progress', 'queued', 'Ringing']),
          qa_results: null,
        })
      return []
    },
    ends: 'done',
    meanwhile: (world) => {
      for (const { id, changes } of world.simulator.calls)
        if (changes.status !== undefined)
          world.simulator.updateCall(id, {
            status: 'completed',
            qa_results: { overall_score: 77, criteria: {} },
          })
    },
  },
  {
    name: 'calls in progress stay so in the list',
    about: 'The list says "in_progress" for ever, the details know better.',
    setting: { ...PAGE, daysApart: 3 },
    faults: (world) => {
      for (const { id } of some(world)) world.simulator.updateCall(id, { status: 'in_progress' })
      return []
    },
    ends: 'done',
    meanwhile: (world) => {
      for (const { id, changes } of world.simulator.calls)
        if (changes.status === 'in_progress')
          world.simulator.updateCall(id, { qa_results: { overall_score: 12, criteria: {} } })
    },
  },
  {
    name: 'a transcript is corrected',
    about: 'The vendor changes what was said; both records are kept.',
    setting: PAGE,
    ends: 'done',
    meanwhile: (world) => {
      for (const { id } of some(world))
        world.simulator.updateCall(id, {
          transcript: [
            { speaker: 'agent', text: `Corrected ${world.upTo(1000)}`, timestamp: 1.5 },
            { speaker: 'user', text: 'Thank you', timestamp: 3 },
          ],
        })
    },
    checkEnd: (world) => {
      for (const { id, changes } of world.simulator.calls)
        if (changes.transcript !== undefined && revisions(world, String(id)) !== 2)
          throw new Error(`Call ${id} has ${revisions(world, String(id))} revisions.`)
    },
  },
  {
    name: 'summaries are corrected (Malakai)',
    about: 'The vendor changes summaries and sentiments.',
    setting: MALAKAI,
    ends: 'done',
    meanwhile: (world) => {
      for (const { id } of some(world))
        world.simulator.updateCall(id, {
          call_summary: `Corrected ${world.upTo(1000)}`,
          sentiment: 'negative',
        })
    },
  },
  ...[PAGE, OPENAPI, MALAKAI].map(
    (setting): FaultCase => ({
      name: `calls vanish (${setting.dialect ?? 'Malakai'})`,
      about: 'Calls are not listed any more: they stay, marked.',
      setting,
      ends: 'done',
      meanwhile: (world) => world.remove(1 + world.upTo(5)),
    }),
  ),
  {
    name: 'calls vanish and come back',
    about: 'Calls are gone for one sync, then listed again.',
    setting: PAGE,
    ends: 'done',
    meanwhile: async (world) => {
      const before = world.simulator.calls
      world.remove(1 + world.upTo(5))
      const left = new Set(world.simulator.calls)
      await world.sync()
      world.simulator.addCalls(before.filter((call) => !left.has(call)))
    },
  },
  {
    name: 'many new calls',
    about: 'Whole pages of new calls come in between two syncs.',
    setting: PAGE,
    ends: 'done',
    meanwhile: (world) => void world.simulator.addCalls(world.pageSize * (1 + world.upTo(2)) + world.upTo(3)),
  },
  {
    name: 'new calls (Malakai)',
    about: 'New calls come in between two syncs.',
    setting: { ...MALAKAI, campaigns: 2 },
    ends: 'done',
    meanwhile: (world) => void world.simulator.addCalls(1 + world.upTo(20)),
  },
  {
    name: 'an unknown campaign among others',
    about: 'One of the campaigns is not there: it is named, the others are synced.',
    setting: { ...PAGE, campaigns: 2, hasWeather: false },
    play: async (world) => {
      const set = world.backend.db.prepare('UPDATE connections SET campaign_ids = ?')
      set.run(JSON.stringify(['campaign-1', 'nowhere', 'campaign-2']))
      const { outcome } = await world.sync()
      if (outcome !== 'failed') throw new Error(`It ended as "${outcome}".`)
      const kept = Number(world.backend.db.prepare('SELECT count(*) FROM calls').pluck().get())
      if (kept !== world.calls.length)
        throw new Error(`${kept} of ${world.calls.length} calls came nevertheless.`)
      set.run(JSON.stringify(world.campaigns))
    },
    ends: 'failed',
    says: /does not know campaign nowhere.*Check the campaign ID/,
  },
  {
    name: 'wrong key',
    about: 'The key is another one for a while.',
    setting: PAGE,
    play: async (world) => {
      const { entries } = world.backend.secrets
      const before = new Map(entries)
      for (const name of entries.keys()) entries.set(name, 'not-the-key-0123456789')
      await world.sync()
      for (const [name, value] of before) entries.set(name, value)
    },
    ends: 'failed',
    says: /refused the key \(401\).*enter the key again/,
  },
]

/** Syncs that do not come to their end. */
const stoppedCases: readonly FaultCase[] = [
  ...[PAGE, OPENAPI, MALAKAI].flatMap((setting): FaultCase[] => {
    const of = setting.dialect ?? 'Malakai'
    return [
      {
        name: `cancelled (${of})`,
        about: 'A sync is cancelled at some request; the next one goes on.',
        setting,
        play: cancelled,
        ends: 'either',
      },
      {
        name: `process died (${of})`,
        about: 'The process dies at some request; the next one goes on.',
        setting,
        play: died,
        ends: 'either',
      },
    ]
  }),
  {
    name: 'cancelled again and again',
    about: 'Three syncs are cancelled, then one may end.',
    setting: PAGE,
    play: async (world) => {
      for (let count = 0; count < 3; count++) await cancelled(world)
    },
    ends: 'either',
  },
  {
    name: 'died again and again',
    about: 'Three processes die, then one may end.',
    setting: PAGE,
    play: async (world) => {
      for (let count = 0; count < 3; count++) await died(world)
    },
    ends: 'either',
  },
  {
    name: 'cancelled, and rows shift meanwhile',
    about: 'New calls come in and others vanish while a cancelled listing rests.',
    setting: PAGE,
    play: async (world) => {
      await cancelled(world)
      world.simulator.addCalls(1 + world.upTo(world.pageSize))
    },
    ends: 'either',
  },
  {
    name: 'died, and rows slip meanwhile',
    about: 'Calls that are kept already vanish while a broken-off listing rests.',
    setting: PAGE,
    play: async (world) => {
      await died(world)
      // Those that came through: what was listed in an answer that never arrived can't be known.
      const kept = new Set(
        world.backend.db.prepare<[], string>('SELECT external_id FROM calls').pluck().all(),
      )
      const goes = world.simulator.calls.filter(({ id }) => kept.has(String(id))).slice(0, 1 + world.upTo(4))
      for (const { id } of goes) world.simulator.removeCall(id)
    },
    // What the broken-off listing had shown already is known to be gone by the next one.
    meanwhile: async (world) => {
      world.calm()
      await world.sync()
    },
    ends: 'either',
  },
  {
    name: 'cancelled, then the key is refused',
    about: 'A cancelled sync is gone on with under a refused key, then under a right one.',
    setting: PAGE,
    play: async (world) => {
      await cancelled(world)
      world.setFaults(['401-always'])
      await world.sync()
    },
    ends: 'either',
  },
]

/** Two faults at once. */
const combinations: readonly FaultCase[] = [
  {
    name: 'details fail + list refused',
    about:
      'Some details of the first page can not be had, and the second page is refused: the next sync gets both.',
    setting: { ...PAGE, hasWeather: false },
    faults: (world) => [
      { name: 'packed-oddly', on: 'detail', times: 1 + world.upTo(2) },
      { name: '401-always', on: 'list', after: 1 + world.upTo(1) },
    ],
    ends: 'failed',
    says: /refused the key/,
    check: ({ backend }) => {
      const aside = Number(backend.db.prepare('SELECT count(*) FROM quarantine').pluck().get())
      if (aside === 0) throw new Error('Nothing was set aside.')
    },
  },
  {
    name: 'shift + reset',
    about: 'Rows shift while answers break off.',
    setting: PAGE,
    faults: [
      { name: 'shifting-rows', times: 3 },
      { name: 'reset-mid-body', times: 3 },
    ],
    ends: 'done',
  },
  {
    name: 'slip + 500',
    about: 'Rows slip while the server fails now and then.',
    setting: PAGE,
    faults: [{ name: 'shrinking-rows' }, { name: '500-then-success', times: 3 }],
    ends: 'done',
  },
  {
    name: 'grow + truncated',
    about: 'The list grows while answers are cut off.',
    setting: OPENAPI,
    faults: [{ name: 'growing-total' }, { name: 'truncated-json', times: 3 }],
    ends: 'done',
  },
  {
    name: 'gzip + shift',
    about: 'Packed answers while rows shift.',
    setting: PAGE,
    faults: ['gzip', { name: 'shifting-rows', times: 4 }],
    ends: 'done',
  },
  {
    name: 'no total + same page twice',
    about: 'No total, and the first page comes twice.',
    setting: PAGE,
    faults: [
      { name: 'no-total', after: 0 },
      { name: 'same-page-twice', on: 'list', after: 0 },
    ],
    ends: 'done',
  },
  {
    name: 'rows twice + wrong types',
    about: 'Each row twice, numbers as text.',
    setting: PAGE,
    faults: [
      { name: 'duplicate-rows', after: 0 },
      { name: 'wrong-types', after: 0 },
    ],
    ends: 'done',
  },
  {
    name: 'rows twice + ties change places',
    about: 'Each row twice, and calls of the same second move.',
    setting: { ...PAGE, hasWeather: false },
    faults: [
      { name: 'unstable-ties', times: 10, after: 0 },
      { name: 'duplicate-rows', times: 3, after: 1 },
    ],
    ends: 'done',
  },
  {
    name: 'silence + 429',
    about: 'A silent server, then one that wants peace.',
    setting: PAGE,
    faults: [{ name: 'silent' }, { name: '429-bare' }],
    ends: 'done',
  },
  {
    name: 'a page vanishes + strict end',
    about: 'The last page is gone, and what is beyond the end is a 404.',
    setting: { ...PAGE, hasWeather: false },
    faults: [
      { name: 'vanishing-page', after: 1 },
      { name: 'strict-end', after: 0 },
    ],
    ends: 'either',
  },
  {
    name: 'details fail + rows shift',
    about: 'Three details are cut off while rows shift.',
    setting: PAGE,
    faults: [
      { name: 'truncated-json', on: 'detail', times: 3 },
      { name: 'shifting-rows', times: 3 },
    ],
    ends: 'done',
  },
  {
    name: 'cancelled + reset',
    about: 'Answers break off, and the sync is cancelled.',
    setting: PAGE,
    faults: [{ name: 'reset-mid-body', times: 2 }],
    play: cancelled,
    ends: 'either',
  },
  {
    name: 'died + rows twice',
    about: 'Each row twice, and the process dies.',
    setting: PAGE,
    faults: [{ name: 'duplicate-rows', after: 0 }],
    play: died,
    ends: 'either',
  },
  {
    name: 'died + no total',
    about: 'No total, and the process dies.',
    setting: OPENAPI,
    faults: [{ name: 'no-total', after: 0 }],
    play: died,
    ends: 'either',
  },
  {
    name: 'died + rows shift',
    about: 'Rows shift, and the process dies.',
    setting: PAGE,
    faults: [{ name: 'shifting-rows', times: 5 }],
    play: died,
    ends: 'either',
  },
  {
    name: 'late results + 500',
    about: 'Results arrive late, and the server fails when they are asked for.',
    setting: PAGE,
    ends: 'done',
    meanwhile: async (world) => {
      for (const { id } of some(world))
        world.simulator.updateCall(id, { qa_results: { overall_score: 5, criteria: {} } })
      world.setFaults([{ name: '500-then-success', on: 'detail', times: 3 }])
      await world.sync()
    },
  },
  {
    name: 'reset + nested JSON (Malakai)',
    about: 'The one answer breaks off, and holds JSON in texts.',
    setting: { ...MALAKAI, campaigns: 2 },
    faults: [
      { name: 'reset-mid-body', after: 0, times: 2 },
      { name: 'nested-json', after: 0 },
    ],
    ends: 'done',
  },
  {
    name: 'died + gzip (Malakai)',
    about: 'A packed answer, and the process dies.',
    setting: { ...MALAKAI, campaigns: 3 },
    faults: ['gzip'],
    play: async (world) => {
      await world.dieAfter(1 + world.upTo(2))
    },
    ends: 'either',
  },
  {
    name: 'key refused in the middle + shift',
    about: 'The key is refused for a while, and calls come in meanwhile.',
    setting: PAGE,
    faults: [{ name: '401-always' }],
    upToAfter: 8,
    ends: 'either',
    says: /refused the key/,
    meanwhile: (world) => void world.simulator.addCalls(1 + world.upTo(9)),
  },
  {
    name: 'vanish + late results',
    about: 'Some calls vanish, others get their results.',
    setting: PAGE,
    ends: 'done',
    meanwhile: (world) => {
      world.remove(1 + world.upTo(3))
      for (const { id } of some(world))
        world.simulator.updateCall(id, { qa_results: { overall_score: 5, criteria: {} } })
    },
  },
]

export const lifeAndCombinations: readonly FaultCase[] = [...lifeCases, ...stoppedCases, ...combinations]
