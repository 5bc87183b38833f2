import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/** A conversation to make calls from: who ("u" the caller, "a" the agent) said what. */
export interface Dialogue {
  id: string
  services: readonly string[]
  turns: readonly (readonly ['u' | 'a', string])[]
}

const dialogue = (id: string, service: string, ...texts: string[]): Dialogue => ({
  id,
  services: [service],
  // The agent greets first, then they take turns.
  turns: texts.map((text, index) => [index % 2 === 0 ? 'a' : 'u', text]),
})

/** Enough for tests that need words to look for; files hold more (`readDialogues`). */
export const BUILT_IN_DIALOGUES: readonly Dialogue[] = [
  dialogue(
    'parcel',
    'Deliveries',
    'Good morning, this is the delivery assistant of Harrow and Finch. What can I do for you?',
    'My parcel was supposed to come on Tuesday and it never did.',
    'I am sorry about that. Could you read me the number on the receipt?',
    'It is seven four one, then double nine.',
    'Thank you. It is at the depot, because nobody opened the door. Shall it come again tomorrow?',
    'Tomorrow after four would be fine.',
    'It is booked for tomorrow between four and six. Is there anything else?',
    'No, that was all. Thanks.',
  ),
  dialogue(
    'dentist',
    'Appointments',
    'Hello, this is the automated assistant of the Linden dental practice. Is this a good time?',
    'Yes, but please be quick, I am driving.',
    'Your check-up is due. I could offer Thursday at nine or Friday at half past two.',
    'Friday sounds good. Will it hurt?',
    'It is only a check-up, and the doctor will tell you before anything is done.',
    'All right then, Friday.',
    'I have noted Friday at half past two. Drive safely.',
  ),
  dialogue(
    'refund',
    'Billing',
    'Welcome to Quince Energy. I am a virtual agent. How may I help?',
    'You charged me twice in March and I want a refund.',
    'I can see two payments of forty-eight euros. The second one was a mistake, and I apologise for it.',
    'So when do I get my money back?',
    'The refund will be on your account within five working days.',
    'And can you cancel my contract as well while we are at it?',
    'For that I need to connect you with a colleague. Is that all right?',
    'Yes, go on.',
    'One moment please, I am putting you through.',
  ),
  dialogue(
    'hotel',
    'Travel',
    'Thank you for calling the Heron Hotel. What can I arrange for you?',
    'I have a booking for two nights and would like to add breakfast.',
    'With pleasure. Under which name is the booking?',
    'Okonkwo, that is O, K, O, N, K, W, O.',
    'Found it, from the ninth to the eleventh. Breakfast for two people?',
    'For three, our daughter comes along. Do you have a quiet room?',
    'I moved you to the courtyard side, which is quiet, and added breakfast for three.',
    'Wonderful, goodbye.',
  ),
  dialogue(
    'survey',
    'Surveys',
    'Hi, I am calling for Brightwater Library. May I ask two short questions about your last visit?',
    'Is this a machine?',
    'Yes, I am an AI assistant. You can ask for a person at any time.',
    'Then please take me off your list.',
    'Of course. I have removed your number and you will not be called again. Have a nice day.',
  ),
  dialogue(
    'insurance',
    'Claims',
    'This is the claims line of Tern Mutual. Please tell me in a few words what happened.',
    'A branch fell on my car during the storm last night.',
    'That sounds unpleasant. Was anybody hurt?',
    'No, only the windscreen and the bonnet.',
    'Good that nobody was hurt. I opened a claim. Could you send photographs by e-mail?',
    'I can do that this evening. Do I need a police report?',
    'For storm damage you do not need one. The adjuster will ring you by Monday.',
    'Okay, thank you very much.',
  ),
  dialogue(
    'wrong-number',
    'Sales',
    'Hello, this is the assistant of Sable Kitchens, returning your call about an offer.',
    'I never asked for an offer. You have the wrong number.',
    'I apologise for the disturbance. I will correct our records. Goodbye.',
  ),
]

/** The dialogues of a file of JSON lines, gzipped or not; at most `limit`. Throws with the line's number. */
export async function readDialogues(file: string, limit = Number.POSITIVE_INFINITY): Promise<Dialogue[]> {
  const bytes = createReadStream(file)
  const text = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  bytes.on('error', (error) => text.destroy(error))
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })
  const dialogues: Dialogue[] = []
  let number = 0
  try {
    for await (const line of lines) {
      number++
      if (line.trim() === '') continue
      const value: unknown = JSON.parse(line)
      if (!isDialogue(value)) throw new Error(`${file}, line ${number}, is not a dialogue.`)
      dialogues.push(value)
      if (dialogues.length >= limit) break
    }
  } finally {
    lines.close()
    bytes.destroy()
  }
  if (dialogues.length === 0) throw new Error(`${file} holds no dialogues.`)
  return dialogues
}

function isDialogue(value: unknown): value is Dialogue {
  if (typeof value !== 'object' || value === null) return false
  return (
    'id' in value &&
    'turns' in value &&
    Array.isArray(value.turns) &&
    value.turns.every((turn) => Array.isArray(turn))
  )
}
