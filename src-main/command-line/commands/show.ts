import type { CallChanges, CallDetail, CallId, Difference, Revision, TalkFacts } from '@contract'
import type { Command } from 'commander'
import { EXIT, usage } from '../output'
import type { RunCommand, Session } from '../session'

export function addShow(program: Command, run: RunCommand): void {
  program
    .command('show')
    .argument('<call>', 'an id that "search" printed, or the vendor’s own')
    .description('print a call with its turns')
    .option('--changes [A..B]', 'what changed since you looked at it, or between two revisions, such as 1..3')
    .option('--revisions', 'the versions of the vendor’s record that are kept')
    .option('--reviewer <name>', 'since this person looked at it (default: the reviewer of the settings)')
    .action((text: string, options: { changes?: string | true; revisions?: boolean; reviewer?: string }) =>
      run(async (session) => {
        const { ask, findCall, output } = session
        if (options.revisions) return printRevisions(session, findCall(text))
        if (options.changes) return printChanges(session, findCall(text), options.changes, options.reviewer)
        const call = await ask('calls', 'get', { callId: findCall(text) })
        output.result(
          {
            ...call,
            // As times in seconds, and not as they are packed.
            speech: call.speech.map((pairs) => Array.from(pairs, (ms) => ms / 1000)),
            turns: call.turns.map(
              ({ index, speaker, text, startSec, endSec, timing, confidence, redirect }) => ({
                index,
                speaker,
                text,
                startSec,
                endSec,
                timing,
                confidence,
                redirect,
              }),
            ),
          },
          asText(call),
        )
        return EXIT.done
      }),
    )
}

/** Before a time: whether it is a guess, or a person's word. */
const MARKS = { vendor: '', estimated: '≈', manual: '!' } as const

function asText(call: CallDetail): string {
  const facts: [string, unknown][] = [
    ['id', call.id],
    ['vendor', `${call.vendor} ${call.externalId}`],
    ['connection', call.connectionName],
    ['campaign', call.campaignId],
    ['started', `${call.startedAt}${call.startedAtSource === 'vendor' ? '' : ' (first seen)'}`],
    ['length', call.durationSec === null ? null : `${call.durationSec} s`],
    ['status', call.status],
    ['sentiment', call.sentiment],
    ['goal achieved', call.goalAchieved],
    ['from', call.from],
    ['to', call.to],
    ['vendor score', call.vendorScore],
    ['recording', call.recording.problem ?? call.recording.state],
    ...(call.talk === null ? [] : talkLines(call.talk)),
    ['times of turns', timesInWords(call)],
    ['reviewed', call.reviewedAt === null ? null : `${call.reviewedAt} by ${call.reviewedBy}`],
    ['changed since', call.changedSinceReview ? 'yes: see --changes' : null],
    ['annotations', call.annotationCount],
    ['summary', call.summary],
    ...Object.entries(call.fields).map(([name, value]): [string, unknown] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]
  const lines = facts.filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}`)
  const turns = call.turns.map((turn) => {
    const time =
      turn.startSec === null ? '' : `${MARKS[turn.timing ?? 'vendor']}${turn.startSec.toFixed(1)} s`
    return `${String(turn.index).padStart(3)}  ${time.padStart(9)}  ${turn.speaker.padEnd(6)}  ${turn.text}${turn.redirect ? ` [to ${turn.redirect}]` : ''}`
  })
  return [...lines, '', ...turns].join('\n')
}

const HEARD = {
  channels: 'heard in two channels',
  times: 'by the times of turns that were given',
  aligned: 'estimated: one channel, turns found in the sound',
  sound: 'heard; who speaks is not known',
} as const satisfies Record<TalkFacts['basis'], string>

/** How the two talked; what can't be told is left out. */
function talkLines(talk: TalkFacts): [string, unknown][] {
  const { agentShare, longestMonologue, interruptions, interruptionCount, agentLatency } = talk
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  const place = ({ startSec, endSec }: { startSec: number; endSec: number }): string =>
    `${startSec.toFixed(1)}-${endSec.toFixed(1)} s`
  const places = (count: number, all: readonly { startSec: number; endSec: number }[]): string =>
    count === 0 ? 'none' : `${count} (${all.map(place).join(', ')}${count > all.length ? ', …' : ''})`
  const monologue =
    longestMonologue &&
    `${(longestMonologue.endSec - longestMonologue.startSec).toFixed(1)} s by the ${longestMonologue.speaker} (${place(longestMonologue)})`
  const latency =
    agentLatency &&
    `${agentLatency.medianSec.toFixed(1)} s (median of ${agentLatency.answers}; nine in ten within ${agentLatency.p90Sec.toFixed(1)} s)`
  return [
    ['talk', HEARD[talk.basis]],
    ['agent talks', agentShare === null ? null : percent(agentShare)],
    ['silence', percent(talk.silenceShare)],
    ['longest silence', `${talk.longestSilenceSec.toFixed(1)} s`],
    ['dead air', places(talk.deadAirCount, talk.deadAir)],
    ['longest monologue', monologue],
    ['interruptions', interruptions && places(interruptionCount ?? 0, interruptions)],
    ['agent answers in', latency],
  ]
}

/** How the times came about; null: there is nothing to say beyond the turns. */
function timesInWords({ alignment, turns, recording }: CallDetail): string | null {
  const { state, problem, agentChannel, isAgentChannelChosen } = alignment
  const channel =
    agentChannel === null
      ? ''
      : `; the agent is on channel ${agentChannel + 1}${isAgentChannelChosen ? ', as a person chose' : ''}`
  switch (state) {
    case 'none':
      return turns.some(({ timing }) => timing === 'estimated')
        ? `estimated from the length of texts${recording.state === 'ready' ? '' : ', as there is no recording'}`
        : null
    case 'waiting':
    case 'running':
      return `not aligned to the recording yet: earmark align${channel}`
    case 'failed':
      return problem
    case 'done':
      return `aligned to the recording${channel}`
  }
}

async function printRevisions({ ask, output }: Session, callId: CallId): Promise<number> {
  const revisions = await ask('calls', 'revisions', { callId })
  const lines = revisions.map(
    ({ number, kind, seenAt, bytes }) =>
      `${String(number).padStart(4)}  ${seenAt}  ${kind === 'detail' ? 'call in full' : 'row of a list'}  ${bytes} bytes`,
  )
  output.result({ callId, revisions }, lines.join('\n'))
  return EXIT.done
}

async function printChanges(
  { ask, output }: Session,
  callId: CallId,
  range: string | true,
  name: string | undefined,
): Promise<number> {
  const reviewer = (name ?? (await ask('reviews', 'settings', {})).reviewer).trim()
  const ids = range === true ? { from: null, to: null } : await revisionIds(ask, callId, range)
  const changes = await ask('calls', 'changes', { callId, reviewer: reviewer || null, ...ids })
  output.result({ callId, ...changes }, changesAsText(changes))
  return EXIT.done
}

/** The two revisions that "1..3" names, by their numbers. Raises `invalid_input`. */
async function revisionIds(
  ask: Session['ask'],
  callId: CallId,
  range: string,
): Promise<{ from: number; to: number }> {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(range) ?? []
  if (first === undefined || last === undefined)
    throw usage(`--changes takes two revisions, such as 1..3, and not "${range}". "--revisions" lists them.`)
  const revisions: Revision[] = await ask('calls', 'revisions', { callId })
  const idOf = (number: string): number => {
    const revision = revisions.find((one) => one.number === Number(number))
    if (revision) return revision.id
    throw usage(`This call has no revision ${number}. "--revisions" lists those that it has.`)
  }
  return { from: idOf(first), to: idOf(last) }
}

const LOOKED = { review: 'reviewed', annotation: 'annotated', changes: 'last saw its changes' } as const

function changesAsText({ since, from, to, count, differences }: CallChanges): string {
  const span =
    since !== null
      ? `since ${since.reviewer} ${LOOKED[since.kind]} on ${since.at}`
      : from && to
        ? `from revision ${from.number} to ${to.number}`
        : 'since the first revision'
  if (!from)
    return `What this call was then is not kept in this workspace, so nothing can be compared (${span}). "show" prints it as it is now.`
  const noun = count === 1 ? '1 difference' : `${count} differences`
  const head = count === 0 ? `No difference ${span}.` : `${noun} ${span}`
  const rest = count > differences.length ? [`… and ${count - differences.length} more`] : []
  return [head, ...differences.flatMap(differenceLines), ...rest].join('\n')
}

/** Turns by the number that "show" and the CSV give them, from 0. */
function differenceLines({ path, turn, before, after, kind }: Difference): string[] {
  const named = turn === null ? path : path.replace(/^Turn \d+/, `turn ${turn.index ?? turn.beforeIndex}`)
  return [
    '',
    `${named} (${kind})`,
    ...(before === null ? [] : [`  - ${before.replaceAll('\n', '\n    ')}`]),
    ...(after === null ? [] : [`  + ${after.replaceAll('\n', '\n    ')}`]),
  ]
}
