import type { CallDetail } from '@contract'
import type { Command } from 'commander'
import { EXIT } from '../output'
import type { RunCommand } from '../session'

export function addShow(program: Command, run: RunCommand): void {
  program
    .command('show')
    .argument('<call>', 'an id that "search" printed, or the vendor’s own')
    .description('print a call with its turns')
    .action((text: string) =>
      run(async ({ ask, findCall, output }) => {
        const call = await ask('calls', 'get', { callId: findCall(text) })
        output.result(
          {
            ...call,
            turns: call.turns.map(({ index, speaker, text, startSec, endSec, timing, redirect }) => ({
              index,
              speaker,
              text,
              startSec,
              endSec,
              timing,
              redirect,
            })),
          },
          asText(call),
        )
        return EXIT.done
      }),
    )
}

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
    ['reviewed', call.reviewedAt === null ? null : `${call.reviewedAt} by ${call.reviewedBy}`],
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
      turn.startSec === null ? '' : `${turn.timing === 'estimated' ? '≈' : ''}${turn.startSec.toFixed(1)} s`
    return `${String(turn.index).padStart(3)}  ${time.padStart(9)}  ${turn.speaker.padEnd(6)}  ${turn.text}${turn.redirect ? ` [to ${turn.redirect}]` : ''}`
  })
  return [...lines, '', ...turns].join('\n')
}
