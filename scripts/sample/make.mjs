/**
 * Makes the sample workspace's answers and recordings anew: `node scripts/sample/make.mjs`. For
 * developers: needs espeak-ng and ffmpeg. Writes resources/sample/ and, for tests, truth.json beside
 * this file: by external id, the agent's channel (0, 1 or null for mono) and when each turn is heard.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dialogues } from './dialogues.mjs'
import { delaySecOf, encode, extensionOf, measure } from './encode.mjs'
import { performCall } from './mix.mjs'
import { malakaiAnswer, malakaiLog, prosperDetail, prosperList, prosperListRow } from './records.mjs'

const resultFolder = join(import.meta.dirname, '../../resources/sample')
const recordingsFolder = join(resultFolder, 'recordings')
const truthFile = join(import.meta.dirname, 'truth.json')

/** Campaigns of which the list answer is given too; the others have details alone. */
const LISTED_CAMPAIGNS = ['abc123', 'marrowby-dental-recall']

function main() {
  clear()
  const performedById = new Map()
  for (const call of dialogues) performedById.set(call.id, record(call))
  writeProsper(performedById)
  writeMalakai(performedById)
  writeTruth(performedById)
  printTable(performedById)
}

/** Removes what an earlier run left, and only that. */
function clear() {
  rmSync(recordingsFolder, { recursive: true, force: true })
  mkdirSync(recordingsFolder, { recursive: true })
  for (const name of readdirSync(resultFolder)) {
    if (/\.jsonl?$/.test(name)) rmSync(join(resultFolder, name))
  }
}

/** Makes a call's recording and measures it; null for a call in which nothing is said. */
function record(call) {
  if (call.turns.length === 0) return null
  const { channels, turns } = performCall(call)
  const extension = extensionOf(call.format)
  const file = join(recordingsFolder, `${call.id}.${extension}`)
  encode(channels, call.format, file)
  const measured = measure(file, channels.length)
  if (measured.peak > 0.99 || measured.loudness < 0.03) {
    throw new Error(`${call.id}: peak ${measured.peak}, loudness ${measured.loudness}`)
  }
  return {
    ...measured,
    extension,
    channelCount: channels.length,
    bytes: statSync(file).size,
    turns: turns.map((turn) => delayed(turn, delaySecOf(call.format))),
  }
}

const delayed = ({ startSec, endSec }, delaySec) =>
  startSec === null ? { startSec, endSec } : { startSec: startSec + delaySec, endSec: endSec + delaySec }

function writeProsper(performedById) {
  const calls = dialogues.filter((call) => call.vendor === 'prosper')
  const details = calls
    .filter((call) => !call.listedOnly)
    .map((call) => prosperDetail(call, performedById.get(call.id)))
  // The documentation's own call as a single answer, the others as JSON lines: both can be imported.
  const [capturedDetail, ...others] = details
  writeJson(`prosper-call-log-${capturedDetail.call_log_id}.json`, capturedDetail)
  const lines = others.map((detail) => `${JSON.stringify(detail)}\n`)
  writeFileSync(join(resultFolder, 'prosper-call-log-details.jsonl'), lines.join(''))
  for (const campaign of LISTED_CAMPAIGNS) {
    const rows = calls
      .filter((call) => call.campaign === campaign)
      .map((call) => prosperListRow(call, performedById.get(call.id)))
    writeJson(`prosper-call-logs-${campaign}.json`, prosperList(rows))
  }
}

function writeMalakai(performedById) {
  const calls = dialogues.filter((call) => call.vendor === 'malakai')
  for (const campaign of new Set(calls.map((call) => call.campaign))) {
    const logs = calls
      .filter((call) => call.campaign === campaign)
      .map((call) => malakaiLog(call, performedById.get(call.id)))
    writeJson(`malakai-inbound-logs-${campaign.toLowerCase()}.json`, malakaiAnswer(logs))
  }
}

function writeTruth(performedById) {
  const truth = {}
  for (const call of dialogues) {
    const performed = performedById.get(call.id)
    if (!performed) continue
    truth[call.id] = {
      agentChannel: { left: 0, right: 1 }[call.agentSide] ?? null,
      turns: performed.turns.map(({ startSec, endSec }) => ({
        startSec: milliseconds(startSec),
        endSec: milliseconds(endSec),
      })),
    }
  }
  writeFileSync(truthFile, `${JSON.stringify(truth, null, 2)}\n`)
}

const milliseconds = (sec) => (sec === null ? null : Math.round(sec * 1000) / 1000)

function writeJson(name, value) {
  writeFileSync(join(resultFolder, name), `${JSON.stringify(value, null, 2)}\n`)
}

function printTable(performedById) {
  let totalBytes = 0
  const rows = dialogues.map((call) => {
    const performed = performedById.get(call.id)
    totalBytes += performed?.bytes ?? 0
    return {
      id: `${call.id}`,
      seconds: performed ? Number(performed.lengthSec.toFixed(1)) : null,
      format: performed ? call.format : (call.status ?? 'none'),
      channels: performed?.channelCount ?? null,
      kB: performed ? Math.round(performed.bytes / 1000) : null,
      peak: performed ? Number(performed.peak.toFixed(2)) : null,
      rms: performed ? Number(performed.loudness.toFixed(3)) : null,
      turns: call.turns.filter((turn) => turn.text && !turn.hidden).length,
    }
  })
  console.table(rows)
  const recorded = rows.filter((row) => row.seconds !== null).length
  console.log(`${rows.length} calls, ${recorded} with audio, ${(totalBytes / 1e6).toFixed(2)} MB`)
}

main()
