import { type CallId, EarmarkError } from '@contract'
import { EXIT } from '../output'
import type { Session } from '../session'
import { withoutWindow } from './without-window'

/** Aligns one call, also when it is aligned already, and prints when its turns were said. */
export async function alignCall(session: Session, text: string): Promise<number> {
  const { ask, findCall, output } = session
  const callId = findCall(text)
  await listenAndKeep(session, callId, true).catch((error: unknown) => {
    throw withoutWindow(error, IN_THE_WINDOW)
  })
  const { turns, alignment } = await ask('calls', 'get', { callId })
  const lines = turns.map(({ index, speaker, startSec, endSec, timing, confidence, text: said }) =>
    [
      String(index).padStart(4),
      secondsOf(startSec),
      secondsOf(endSec),
      (confidence === null ? (timing ?? '') : `${Math.round(confidence * 100)} %`).padEnd(6),
      speaker.padEnd(6),
      said,
    ].join('  '),
  )
  output.result(
    {
      type: 'aligned',
      callId,
      agentChannel: alignment.agentChannel,
      turns: turns.map(({ index, startSec, endSec, timing, confidence }) => ({
        index,
        startSec,
        endSec,
        timing,
        confidence,
      })),
    },
    lines.join('\n'),
  )
  return EXIT.done
}

const secondsOf = (sec: number | null): string => (sec === null ? '' : sec.toFixed(2)).padStart(8)

/** Aligns what is not aligned yet, newest first. What is done stays when somebody ends it. */
export async function alignAll(session: Session): Promise<number> {
  const { ask, output, signal } = session
  let aligned = 0
  let unneeded = 0
  const problems: { callId: CallId; problem: string }[] = []
  let before: number | null = null
  do {
    const due: { callIds: CallId[]; next: number | null } = await ask('timing', 'due', { before })
    for (const callId of due.callIds) {
      if (signal.aborted) break
      const problem = await listenAndKeep(session, callId, false).then(
        (heard) => {
          if (heard?.turns) aligned += 1
          else if (heard?.problem == null) unneeded += 1
          return heard?.problem ?? null
        },
        (error: unknown) => {
          if (!(error instanceof EarmarkError)) throw error
          if (error.code === 'cancelled') return null
          // Nothing is to be done about these here, and the next call will not be different.
          if (FATAL.has(error.code)) throw error
          return withoutWindow(error, IN_THE_WINDOW).message
        },
      )
      if (problem !== null) {
        problems.push({ callId, problem })
        process.stderr.write(`earmark: ${callId}: ${problem}\n`)
      }
      output.progress(
        { type: 'progress', aligned, failed: problems.length, callId },
        `${aligned} aligned${problems.length === 0 ? '' : `, ${problems.length} failed`}`,
      )
    }
    before = due.next
  } while (before !== null && !signal.aborted)
  const counts = { aligned, unneeded, failed: problems.length }
  const isNothing = aligned + unneeded + problems.length === 0 && !signal.aborted
  output.result(
    { type: 'alignedAll', ...counts, isComplete: !signal.aborted },
    isNothing
      ? 'Nothing to align: every call that has a recording and a transcript here is done.'
      : `${signal.aborted ? 'Ended early; what is done stays. ' : ''}${aligned} ${aligned === 1 ? 'call' : 'calls'} aligned, ${counts.failed} failed${unneeded === 0 ? '' : `, ${unneeded} needed nothing`}.`,
  )
  return signal.aborted || problems.length > 0 ? EXIT.failed : EXIT.done
}

const IN_THE_WINDOW = 'Open the call in the window: its turns are timed there by themselves.'

const FATAL = new Set(['disk_full', 'database_damaged', 'workspace_unusable', 'database_too_new'])

async function listenAndKeep({ ask, signal }: Session, callId: CallId, again: boolean) {
  const interrupt = () => void ask('timing', 'interrupt', {})
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    const { facts, heard, talk } = await ask('timing', 'listen', { callId, again })
    if (facts) await ask('recordings', 'noteFacts', { callId, ...facts })
    await ask('timing', 'note', { callId, heard, talk })
    return heard
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
}
