import { seededRandom } from './random.mjs'
import { makeSound, throughTelephone } from './sounds.mjs'
import { SAMPLE_RATE, speak, spokenText } from './speech.mjs'

const PEAK = 0.89
const TAIL_SEC = 0.6

/**
 * Performs a call of dialogues.mjs. Returns `channels` (one or two Float32Arrays of equal length at
 * SAMPLE_RATE) and `turns`, `{ startSec, endSec }` for each turn of the transcript in its order, both
 * null for one that is never spoken.
 */
export function performCall(call) {
  const random = seededRandom(`sound of ${call.id}`)
  const { clips, turns, endSec } = layOut(call, random)
  if (call.lengthSec !== undefined && endSec > call.lengthSec) {
    throw new Error(`${call.id}: ${endSec} s of sound do not fit into ${call.lengthSec} s`)
  }
  const length = Math.round((call.lengthSec ?? endSec + TAIL_SEC) * SAMPLE_RATE)
  const agentTrack = lineNoise(length, 0.0005, random)
  const callerTrack = lineNoise(length, 0.0015 + 0.002 * random(), random)
  for (const { from, startSec, samples } of clips) {
    const track = from === 'agent' ? agentTrack : callerTrack
    const offset = Math.round(startSec * SAMPLE_RATE)
    for (let i = 0; i < samples.length && offset + i < length; i++) track[offset + i] += samples[i]
  }
  return { channels: limitPeaks(assignChannels(call.agentSide, agentTrack, callerTrack)), turns }
}

/** Speaks every turn and places it in time. */
function layOut(call, random) {
  const clips = []
  const turns = []
  let endSec = 0
  let lastSpeaker = null
  for (const item of call.turns) {
    if (item.silent) {
      turns.push({ startSec: null, endSec: null })
      continue
    }
    if (item.sound) {
      const startSec = endSec + 0.4
      clips.push({ from: item.from, startSec, samples: makeSound(item.sound, item.sec, random) })
      endSec = startSec + item.sec
      continue
    }
    const voice = { ...(item.who === 'agent' ? call.agentVoice : call.callerVoice), ...item.voice }
    const spoken = speak(item.say ?? spokenText(item.text), voice)
    const samples = item.who === 'agent' ? spoken : throughTelephone(spoken)
    const startSec = item.atSec ?? endSec + (item.gapSec ?? usualGapSec(item, lastSpeaker, random))
    clips.push({ from: item.who, startSec, samples })
    const turnEndSec = startSec + samples.length / SAMPLE_RATE
    if (!item.hidden) turns.push({ startSec, endSec: turnEndSec })
    endSec = Math.max(endSec, turnEndSec)
    lastSpeaker = item.who
  }
  return { clips, turns, endSec }
}

/** People answer a little faster than the agent, which has to think first. */
function usualGapSec(item, lastSpeaker, random) {
  if (lastSpeaker === null) return 0.4 + 0.5 * random()
  if (item.who === lastSpeaker) return 0.5 + 0.4 * random()
  return item.who === 'agent' ? 0.45 + 0.6 * random() : 0.25 + 0.6 * random()
}

function lineNoise(length, amplitude, random) {
  const noise = new Float32Array(length)
  let smoothed = 0
  for (let i = 0; i < length; i++) {
    smoothed += 0.4 * (random() * 2 - 1 - smoothed)
    noise[i] = amplitude * smoothed
  }
  return noise
}

function assignChannels(agentSide, agentTrack, callerTrack) {
  if (agentSide === 'left') return [agentTrack, callerTrack]
  if (agentSide === 'right') return [callerTrack, agentTrack]
  return [agentTrack.map((sample, i) => sample + callerTrack[i])]
}

function limitPeaks(channels) {
  let peak = 0
  for (const channel of channels) {
    for (const sample of channel) peak = Math.max(peak, Math.abs(sample))
  }
  if (peak <= PEAK) return channels
  return channels.map((channel) => channel.map((sample) => (sample * PEAK) / peak))
}
