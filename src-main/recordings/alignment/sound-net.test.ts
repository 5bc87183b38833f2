import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listenTo } from './align-recording'
import { COARSE, FRAMES_PER_SEC } from './features'
import { soundClasses } from './sound-classes'
import { classScores } from './sound-net'
import { inSteps, matchText, soundPoints } from './text-match'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const ID = '48f6b21d-c0e9-4a87-9d35-e62f1b7a4c90'

test('what is said suits its own letters better than those of any other turn, nine times of ten', async () => {
  const [channel] = (await listenTo(join(ROOT, 'resources/sample/recordings', `${ID}.mp3`))).channels
  const truth: Record<string, { turns: { startSec: number | null; endSec: number | null }[] }> = JSON.parse(
    readFileSync(join(ROOT, 'scripts/sample/truth.json'), 'utf8'),
  )
  const { dialogues } = await import(/* @vite-ignore */ join(ROOT, 'scripts/sample/dialogues.mjs'))
  const { turns } = dialogues.find(({ id }: { id: string }) => id === ID)
  const texts = turns
    .filter(({ text, hidden }: { text?: string; hidden?: boolean }) => text !== undefined && !hidden)
    .map(({ text }: { text: string }) => soundClasses(text))
  if (!channel) throw new Error('no sound')
  const all = [{ start: 0, end: channel.frames, gap: 0, channel: 0 }]
  const scores = inSteps(classScores(soundPoints(channel, 0, all)))

  let spoken = 0
  let recognised = 0
  let points = 0
  let score = 0
  for (const [own, { startSec, endSec }] of (truth[ID]?.turns ?? []).entries()) {
    // Of a word or two little can be told.
    if (startSec === null || endSec === null || endSec - startSec < 1.5) continue
    const from = Math.ceil((startSec * FRAMES_PER_SEC) / COARSE)
    const until = Math.floor((endSec * FRAMES_PER_SEC) / COARSE)
    const suits = texts.map((sounds: Uint8Array) =>
      sounds.length === 0
        ? Number.NEGATIVE_INFINITY
        : matchText(scores, sounds, from, until, (until - from) / sounds.length).at(-1),
    )
    spoken += 1
    points += until - from
    score += suits[own]
    if (Math.max(...suits) === suits[own]) recognised += 1
  }
  expect(spoken).toBeGreaterThan(5)
  expect(recognised / spoken).toBeGreaterThanOrEqual(0.9)
  // Natural logarithm over chance, each 20 ms: 1.58 when the net was made.
  expect(score / points).toBeGreaterThan(1.4)
})
