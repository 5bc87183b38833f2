/**
 * The words in which the dialogues are written down.
 *
 * Options of a turn:
 *   say       what the voice says, where it differs from the transcript's text
 *   gapSec    pause after whatever was heard before; negative: talks over it
 *   atSec     start at exactly this second instead
 *   voice     overrides of the speaker's voice for this turn, such as `{ name: 'es-419' }`
 *   silent    in the transcript but never spoken (a vendor's "---")
 *   hidden    spoken but missing from the transcript
 */

/** A turn of the AI agent. */
export const agent = (text, options = {}) => ({ who: 'agent', text, ...options })

/** A turn of the person at the other end. */
export const caller = (text, options = {}) => ({ who: 'caller', text, ...options })

/** The turn with which Malakai opens most transcripts: nobody says it. */
export const unspoken = () => caller('---', { silent: true })

/** Nothing but the noise of the line. */
export const quiet = (sec) => ({ sound: 'quiet', sec, from: 'agent' })

/** Ringing, played by the agent's side while it tries a transfer. */
export const ringing = (sec) => ({ sound: 'ringing', sec, from: 'agent' })

/** A soft melody: the side in `from` has put the other on hold. */
export const holdMusic = (sec, from = 'agent') => ({ sound: 'hold', sec, from })

/** The tone of an answering machine. */
export const beep = () => ({ sound: 'beep', sec: 0.6, from: 'caller' })
