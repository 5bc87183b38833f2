/**
 * The calls of the sample workspace. All people, firms and numbers are invented; telephone numbers
 * are from ranges kept free for fiction, or (India, which has none) from a range not given out.
 *
 * A call: id, vendor, campaign, what its vendor's record needs (see records.mjs), the recording's
 * `format` (see encode.mjs), `agentSide` ('left', 'right', or null for mono), both voices (an espeak-ng
 * voice, words per minute, pitch 0 to 99) and its turns (see dialogues/turns.mjs).
 */
import { captured } from './dialogues/captured.mjs'
import { fennimoor } from './dialogues/fennimoor.mjs'
import { marrowby } from './dialogues/marrowby.mjs'
import { quillfern } from './dialogues/quillfern.mjs'
import { thistlemere } from './dialogues/thistlemere.mjs'

export const dialogues = [...captured, ...marrowby, ...fennimoor, ...thistlemere, ...quillfern]
