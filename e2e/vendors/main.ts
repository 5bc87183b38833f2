import { parseArgs } from 'node:util'
import {
  FAULTS,
  type FaultName,
  isFaultName,
  type LogShape,
  readDialogues,
  recordingsFrom,
  type Simulator,
  sendTargetFinished,
  startMalakaiSimulator,
  startProsperSimulator,
} from './index'
import { readSavedCalls } from './records'

const HELP = `Starts simulators of both vendors on this computer, until Ctrl+C.

npm run simulators -- [OPTION]...

  --dialogues FILE     Conversations to make calls from: JSON lines (also .gz) of
                       {"id","services","turns":[["u"|"a",text],...]}; or saved answers of the vendors:
                       a .json or .jsonl file, or a folder of them such as resources/sample
  --calls N            How many calls each vendor has (default 60)
  --prosper-port N     Default 8801
  --malakai-port N     Default 8802
  --dialect D          Prosper's: page (default), openapi or both
  --shapes S           Malakai's logs: inbound (default), outbound, workflow, or all (a campaign of each)
  --huge MB            Each of Malakai's campaigns answers with so many megabytes of JSON, made while it is sent
  --log-in USER:PASS   The hosts of recordings want this log-in
  --webhook URL        Every 10 s a call of Prosper's is finished, and told to this receiver
  --webhook-key KEY    Signs what is told (HMAC-SHA-256, in x-signature)
  --recordings DIR     Audio files; <id>.mp3 belongs to that call, else they are handed out in turn
  --fault NAME         Switches a fault on; may be repeated
  --faults             Lists the faults
  --help
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dialogues: { type: 'string' },
      calls: { type: 'string', default: '60' },
      'prosper-port': { type: 'string', default: '8801' },
      'malakai-port': { type: 'string', default: '8802' },
      dialect: { type: 'string', default: 'page' },
      shapes: { type: 'string', default: 'inbound' },
      huge: { type: 'string' },
      'log-in': { type: 'string' },
      webhook: { type: 'string' },
      'webhook-key': { type: 'string' },
      recordings: { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      faults: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(HELP)
  if (values.faults) return void process.stdout.write(faultList())

  const calls = numberOf(values.calls, 'calls')
  const saved = values.dialogues === undefined ? null : savedCallsOf(values.dialogues)
  const material =
    saved === null && values.dialogues !== undefined
      ? { dialogues: await readDialogues(values.dialogues, calls) }
      : {}
  const common = {
    ...material,
    faults: values.fault.map(faultOf),
    ...(values['log-in'] === undefined ? {} : { recordingLogIn: logInOf(values['log-in']) }),
    ...(values.recordings === undefined ? {} : { recordings: recordingsFrom(values.recordings) }),
  }
  const prosper = await startProsperSimulator({
    ...common,
    port: numberOf(values['prosper-port'], 'prosper-port'),
    dialect: dialectOf(values.dialect),
    campaigns: saved === null ? ['abc123', 'spring-recall'] : campaignsOf(saved.prosper),
    calls: saved?.prosper ?? calls,
  })
  let malakai: Awaited<ReturnType<typeof startMalakaiSimulator>>
  try {
    malakai = await startMalakaiSimulator({
      ...common,
      port: numberOf(values['malakai-port'], 'malakai-port'),
      ...malakaiCampaigns(values.shapes, saved?.malakai),
      calls: saved?.malakai ?? calls,
      ...(values.huge === undefined ? {} : { huge: { bytes: numberOf(values.huge, 'huge') * 1_000_000 } }),
    })
  } catch (error) {
    await prosper.close()
    throw error
  }

  process.stdout.write(
    [
      `Prosper  base URL      ${prosper.url}`,
      `         API key       ${prosper.apiKey}`,
      `         campaign IDs  ${prosper.campaigns.join(', ')}`,
      describe(prosper),
      '',
      `Malakai  base URL      ${malakai.url}`,
      `         API key       ${malakai.apiKey}`,
      `         access token  ${malakai.accessToken}`,
      `         campaign IDs  ${malakai.campaigns.join(', ')}`,
      describe(malakai),
      '',
      ...values.fault.map((name) => `Fault: ${name}: ${FAULTS[faultOf(name)].about}`),
      'Ctrl+C ends both.',
      '',
    ].join('\n'),
  )

  const { webhook, 'webhook-key': key } = values
  const finishing =
    webhook === undefined ? null : setInterval(() => void finishOne(prosper, webhook, key), 10_000)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  if (finishing !== null) clearInterval(finishing)
  await Promise.all([prosper.close(), malakai.close()])
}

/** A new call, told to the receiver of the webhook; what it answers is shown. */
async function finishOne(prosper: Simulator, webhook: string, key: string | undefined): Promise<void> {
  const [call] = prosper.addCalls(1)
  if (call === undefined) return
  const payload = { campaign_id: call.campaignId, call_log_id: call.id }
  const signed = key === undefined ? {} : { hmac: { key } }
  const said = await sendTargetFinished(webhook, payload, signed).then(
    ({ status }) => `answered ${status}`,
    (error: unknown) => `could not be reached: ${String(error)}`,
  )
  process.stdout.write(`Call ${call.id} is finished; the receiver ${said}.\n`)
}

const SHAPES = ['inbound', 'outbound', 'workflow'] as const

function malakaiCampaigns(
  text: string,
  saved: readonly { campaignId: string }[] | undefined,
): { campaigns: string[]; shapes: Record<string, LogShape> } {
  const shape = SHAPES.find((name) => name === text)
  if (shape === undefined && text !== 'all')
    throw new Error(`--shapes is ${SHAPES.join(', ')} or all, not "${text}".`)
  if (saved !== undefined) return { campaigns: campaignsOf(saved), shapes: {} }
  const shapes: Record<string, LogShape> =
    shape === undefined
      ? Object.fromEntries(SHAPES.map((name) => [`${name}-sales`, name]))
      : { [`${shape}-sales`]: shape, [`${shape}-support`]: shape }
  return { campaigns: Object.keys(shapes), shapes }
}

function logInOf(text: string): { username: string; password: string } {
  const colon = text.indexOf(':')
  if (colon < 1) throw new Error(`--log-in is a name, a colon and a password, not "${text}".`)
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

const describe = (simulator: Simulator): string =>
  `         ${simulator.calls.length} calls, recordings at ${simulator.recordingsUrl}`

const campaignsOf = (calls: readonly { campaignId: string }[]): string[] => [
  ...new Set(calls.map(({ campaignId }) => campaignId)),
]

const faultList = (): string =>
  Object.entries(FAULTS)
    .map(([name, { about }]) => `${name.padEnd(24)}${about}\n`)
    .join('')

function savedCallsOf(path: string): ReturnType<typeof readSavedCalls> {
  try {
    return readSavedCalls(path)
  } catch (error) {
    // Dialogues are JSON lines too; whether they can be read is for their own reader to say.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function numberOf(text: string, option: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--${option} wants a whole number, not "${text}".`)
  return number
}

function faultOf(name: string): FaultName {
  if (isFaultName(name)) return name
  throw new Error(`There is no fault "${name}". --faults lists them.`)
}

function dialectOf(text: string): 'page' | 'openapi' | 'both' {
  if (text === 'page' || text === 'openapi' || text === 'both') return text
  throw new Error(`--dialect is page, openapi or both, not "${text}".`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
