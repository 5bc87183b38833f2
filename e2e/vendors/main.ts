import { parseArgs } from 'node:util'
import {
  FAULTS,
  type FaultName,
  isFaultName,
  readDialogues,
  recordingsFrom,
  type Simulator,
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
      campaigns: saved === null ? ['inbound-sales', 'inbound-support'] : campaignsOf(saved.malakai),
      calls: saved?.malakai ?? calls,
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

  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
  await Promise.all([prosper.close(), malakai.close()])
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
