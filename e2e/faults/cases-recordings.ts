import { setRecordingHost } from '../../src-main/connections/recording-hosts'
import { FAULTS, type FaultName } from '../vendors'
import type { FaultCase } from './case'
import type { Setting, World } from './world'

const PLAIN: Setting = {
  vendor: 'prosper',
  dialect: 'page',
  recordings: 'plain',
  pages: [2, 3],
  pageSizes: [4, 5],
}
const LOG_IN = { username: 'AC0123456789', password: 'pass:wörd' }

/** One fault of the host of recordings: why some could not be had is told, and the next sync has all. */
const hosted = (name: FaultName, says?: RegExp, more: FaultCase['faults'] = []): FaultCase => ({
  name,
  about: FAULTS[name].about,
  setting: PLAIN,
  faults: [{ name, after: 0 }, ...(Array.isArray(more) ? more : [])],
  ends: 'done',
  ...(says === undefined ? {} : { says }),
})

const ready = ({ backend }: World): number =>
  Number(backend.db.prepare("SELECT count(*) FROM calls WHERE recording_state = 'ready'").pluck().get())

/** Part of a recording came, and the rest is asked for by a server that has its own ideas. */
const continued = (name: FaultName, about: string): FaultCase => ({
  name: `cut short + ${name}`,
  about,
  setting: PLAIN,
  faults: [
    { name: 'recording-cut-short', times: 4, after: 0 },
    { name, after: 0 },
  ],
  ends: 'done',
})

export const recordingCases: readonly FaultCase[] = [
  hosted('recording-html', /log-?in page/),
  hosted('recording-empty', /empty|0 bytes/),
  hosted('recording-cut-short'),
  hosted('recording-wrong-type'),
  hosted('recording-no-type'),
  hosted('recording-slow'),
  hosted('recording-stalled'),
  hosted('recording-404', /no longer there/),
  hosted('recording-expired', /\(403\)/),
  hosted('recording-503'),
  hosted('recording-429'),
  hosted('recording-reset'),
  hosted('recording-redirect'),
  hosted('recording-changes'),
  continued('recording-no-ranges', 'Half of a recording, then a server that knows no ranges.'),
  continued('recording-416', 'Half of a recording, then 416 for the rest.'),
  continued('recording-wrong-part', 'Half of a recording, then another part than the one asked for.'),
  continued('recording-changes', 'Half of a recording, then half of another file.'),
  {
    name: 'addresses expire (Prosper)',
    about: 'Addresses are refused when their turn comes; the details have fresh ones.',
    setting: { ...PLAIN, recordings: 'expiring', daysApart: 3 },
    play: async (world) => {
      world.atRequest(1 + world.upTo(world.calls.length), () => world.simulator.expireRecordings())
      await world.sync()
      world.simulator.expireRecordings()
    },
    ends: 'done',
  },
  {
    name: 'addresses expire (Malakai)',
    about: 'Addresses are refused when their turn comes; the next list has fresh ones.',
    setting: { ...PLAIN, vendor: 'malakai', recordings: 'expiring', campaigns: 2 },
    play: async (world) => {
      world.atRequest(2, () => world.simulator.expireRecordings())
      await world.sync()
    },
    ends: 'done',
  },
  {
    name: 'the host wants a log-in',
    about: 'Recordings want a name and a password of their own.',
    setting: { ...PLAIN, recordingLogIn: LOG_IN },
    ends: 'done',
    says: /wants a log-in for recordings \(401\)\. Add it under Settings/,
    meanwhile: async (world) => {
      const { host } = new URL(world.simulator.recordingsUrl)
      await setRecordingHost(
        world.backend,
        {
          host,
          scheme: 'basic',
          username: LOG_IN.username,
          secret: LOG_IN.password,
        },
        Date.now(),
      )
    },
  },
  {
    name: 'cancelled during recordings',
    about: 'The sync is cancelled while recordings come in slowly.',
    setting: PLAIN,
    faults: ['recording-slow'],
    play: async (world) => {
      world.atRequest(3 + world.upTo(8), () => void world.engine.cancel(world.connectionId))
      await world.sync()
    },
    ends: 'either',
  },
  {
    name: 'died during recordings',
    about: 'The process dies while recordings come in slowly.',
    setting: PLAIN,
    faults: ['recording-slow'],
    play: async (world) => {
      await world.dieAfter(3 + world.upTo(8))
    },
    ends: 'either',
  },
  {
    name: 'recordings cut short + details fail',
    about: 'Recordings break off, and details fail now and then.',
    setting: PLAIN,
    faults: [
      { name: 'recording-cut-short', times: 3, after: 0 },
      { name: '500-then-success', times: 3 },
    ],
    ends: 'done',
  },
  {
    name: 'recordings + calls vanish',
    about: 'Calls vanish after their recordings came: the audio stays.',
    setting: PLAIN,
    ends: 'done',
    meanwhile: (world) => world.remove(2),
    checkEnd: (world) => {
      const had = world.calls.filter(({ hasRecording }) => hasRecording).length
      if (ready(world) < had) throw new Error(`${ready(world)} of ${had} recordings are here.`)
    },
  },
]
