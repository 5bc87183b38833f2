/**
 * The calls that the vendors' own documentation shows, with every field as it is there. Only what is
 * heard was added: the voices, the pauses, and, in Prosper's, the conversation that its shortened
 * transcript leaves out of 180 seconds.
 */
import { agent, caller, holdMusic, quiet, ringing, unspoken } from './turns.mjs'

/** The detail answer; the documentation shortens `criteria` to `{...}`, which is not JSON. */
const prosperDetail = {
  call_log_id: 12345,
  target_id: '3ef78020-1e89-4496-9538-695f257ee001',
  campaign_id: 'abc123',
  status: 'completed',
  duration: 180,
  transcript: [
    { speaker: 'agent', text: 'Hello, this is the AI assistant...', timestamp: 0 },
    { speaker: 'user', text: "Hi, I'm interested in...", timestamp: 3.5 },
  ],
  extracted_data: { appointment_scheduled: true, customer_interest_level: 'high' },
  qa_results: { overall_score: 92, criteria: {} },
  created_at: '2024-01-15T10:30:00Z',
  completed_at: '2024-01-15T10:33:00Z',
}

const prosperListRow = {
  call_log_id: 12345,
  target_id: '3ef78020-1e89-4496-9538-695f257ee001',
  status: 'completed',
  duration: 180,
  created_at: '2024-01-15T10:30:00Z',
  phone_number: '+123456789',
}

const malakaiFirst = {
  from: 'DUMMY_FROM',
  number: 'DUMMY_NUMBER',
  status: 'completed',
  call_sid: 'DUMMY_CALL_SID',
  sentiment: 'neutral',
  inbound_id: 'DUMMY_INBOUND_ID',
  session_id: 'DUMMY_SESSION_ID',
  call_summary:
    'The user asked about the services the company provides. The assistant acknowledged that they do not have information about the specific services, but offered to transfer the call to the customer service department to assist the user with their inquiry.',
  call_duration: 27.71903395652771,
  goal_achieved: 'yes',
  transcript: {
    conversation: [
      { role: 'user', content: '---' },
      { role: 'assistant', content: 'Thank you for calling. How can I assist you today?' },
      { role: 'user', content: ' Hey. What services you can provide me?' },
      {
        role: 'assistant',
        content:
          "I'm afraid I don't have information about the specific services we offer. However, I can transfer your call to our customer service department who would be happy to assist you with your inquiry. REDIRECT_customer_service",
      },
    ],
    recording_url: 'https://dummy-audio-files.com/recording1.mp3',
  },
}

const malakaiSecond = {
  from: '+1234567890',
  number: '+10987654321',
  status: 'completed',
  call_sid: 'DUMMY_CALL_SID_2',
  sentiment: 'positive',
  inbound_id: 'DUMMY_INBOUND_ID_2',
  session_id: 'DUMMY_SESSION_ID_2',
  call_summary:
    'The user initially had some technical issues with the call, but was able to clearly communicate their request to purchase a house. The assistant recognized this request and transferred the call to the sales department as per the instructions.',
  call_duration: 86.25287747383118,
  goal_achieved: 'yes',
  transcript: {
    conversation: [
      { role: 'user', content: '---' },
      { role: 'assistant', content: 'Thank you for calling. How can I assist you today?' },
      { role: 'user', content: ' Hello? Hello?' },
      {
        role: 'assistant',
        content:
          "I'm sorry, I didn't hear anything from you. Could you please restate your request so I can try to assist you?",
      },
      { role: 'user', content: ' What services are you providing?' },
      {
        role: 'assistant',
        content:
          "We offer a variety of services to our customers. How may I best assist you today? If you have a specific inquiry, I'd be happy to try to help or direct you to the appropriate department.",
      },
      { role: 'user', content: ' I want to buy a house. I want to buy a house.' },
      {
        role: 'assistant',
        content:
          'Okay, let me transfer you to our sales department who can assist you with purchasing a house. One moment please. REDIRECT_Sales',
      },
    ],
    recording_url: 'https://dummy-audio-files.com/recording2.mp3',
  },
}

const [, first1, first2, first3] = malakaiFirst.transcript.conversation.map((turn) => turn.content)
const [, second1, second2, second3, second4, second5, second6, second7] =
  malakaiSecond.transcript.conversation.map((turn) => turn.content)

const hiddenAgent = (text, options) => agent(text, { ...options, hidden: true })
const hiddenCaller = (text, options) => caller(text, { ...options, hidden: true })

export const captured = [
  {
    id: 12345,
    vendor: 'prosper',
    campaign: 'abc123',
    record: prosperDetail,
    listRow: prosperListRow,
    lengthSec: 180,
    format: 'opus',
    agentSide: null,
    agentVoice: { name: 'en-us+f4', wordsPerMinute: 158, pitch: 50 },
    callerVoice: { name: 'en-us+m4', wordsPerMinute: 160, pitch: 42 },
    turns: [
      agent('Hello, this is the AI assistant...', {
        atSec: 0,
        say: 'Hello, this is the A.I. assistant of the showroom.',
      }),
      caller("Hi, I'm interested in...", {
        atSec: 3.5,
        say: "Hi, I'm interested in a new kitchen, and I saw that you measure for free.",
      }),
      hiddenAgent('That is right. Measuring is free, and so is the first drawing. How large is the room?'),
      hiddenCaller('About four metres by three, with a window over the sink and a chimney that nobody uses.'),
      hiddenAgent('Would you keep the chimney, or may the cupboards stand in front of it?'),
      hiddenCaller('In front of it. I would rather have the space. It only collects dust.'),
      hiddenAgent('Noted. Do you cook with gas or with electricity?'),
      hiddenCaller('Gas at the moment, but I want to change to induction.'),
      hiddenAgent('Then our fitter should look at the wiring too. He can do so on the same visit.'),
      hiddenCaller('Good. When could he come?'),
      hiddenAgent('Let me look at his diary. This takes a moment.'),
      holdMusic(30),
      hiddenAgent('Thank you for waiting. I have Thursday at nine, or Monday at a quarter past two.'),
      hiddenCaller('Monday is difficult. What about Thursday, but later?', { gapSec: 1.4 }),
      hiddenAgent('Thursday at eleven is possible if the drive is not longer than half an hour.'),
      hiddenCaller("I'm ten minutes from your place, behind the old mill."),
      hiddenAgent('Then it is Thursday at eleven. He needs about an hour.'),
      hiddenCaller('Fine. Do I have to clear out the cupboards before?'),
      hiddenAgent('No, only the floor along the walls. If you have a plan of the house, please lay it out.'),
      hiddenCaller('I think the plan is in the attic. I will look for it. And what will all this cost?'),
      hiddenAgent(
        'Most kitchens of that size are between nine and fourteen thousand, fitted. The drawing comes with a fixed price.',
      ),
      hiddenCaller('Hm. That is more than I thought, but all right. Can it be paid in parts?'),
      hiddenAgent('Yes, in three parts: one with the order, one on delivery, and one when everything works.'),
      hiddenCaller('And how long would we be without a kitchen?'),
      hiddenAgent('Four or five working days. The sink and one hob stay connected as long as possible.'),
      hiddenCaller('We can live with that. My mother cooks next door anyway.', { gapSec: 0.9 }),
      hiddenCaller('That sounds fair, then. Will you remind me before Thursday?'),
      hiddenAgent('You will get a message the evening before, with the name of the fitter.'),
      hiddenCaller('Perfect. Then until Thursday.'),
      hiddenAgent('Until Thursday. Thank you for calling, and goodbye.'),
      hiddenCaller('Goodbye.', { gapSec: 0.4 }),
    ],
  },
  {
    id: 'DUMMY_SESSION_ID',
    vendor: 'malakai',
    campaign: 'DUMMY',
    record: malakaiFirst,
    lengthSec: malakaiFirst.call_duration,
    format: 'mp3Cbr',
    agentSide: null,
    agentVoice: { name: 'en-us+f2', wordsPerMinute: 166, pitch: 50 },
    callerVoice: { name: 'en-029+m3', wordsPerMinute: 170, pitch: 44 },
    turns: [
      unspoken(),
      agent(first1, { gapSec: 1.6 }),
      caller(first2, { gapSec: 1.1 }),
      agent(first3),
      ringing(5),
    ],
  },
  {
    id: 'DUMMY_SESSION_ID_2',
    vendor: 'malakai',
    campaign: 'DUMMY',
    record: malakaiSecond,
    lengthSec: malakaiSecond.call_duration,
    format: 'mp3Vbr',
    agentSide: 'left',
    agentVoice: { name: 'en-us+f2', wordsPerMinute: 166, pitch: 50 },
    callerVoice: { name: 'en-us+m1', wordsPerMinute: 160, pitch: 38 },
    turns: [
      unspoken(),
      agent(second1, { gapSec: 1.2 }),
      quiet(5),
      caller(second2),
      agent(second3, { gapSec: 3.2 }),
      caller(second4, { gapSec: 4.1 }),
      agent(second5),
      caller(second6, { gapSec: 3.4 }),
      agent(second7),
      ringing(32),
    ],
  },
]
