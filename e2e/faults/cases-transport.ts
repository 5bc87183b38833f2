import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { FAULTS, type FaultName } from '../vendors'
import type { FaultCase } from './case'
import type { Setting, World } from './world'

const PAGE: Setting = { vendor: 'prosper', dialect: 'page' }
const OPENAPI: Setting = { vendor: 'prosper', dialect: 'openapi' }
const MALAKAI: Setting = { vendor: 'malakai' }

const of = ({ vendor, dialect }: Setting): string =>
  vendor === 'malakai' ? 'Malakai' : dialect === 'openapi' ? 'Prosper OpenAPI' : 'Prosper'

/** Faults that pass while one sync still tries: it gets everything. */
const passing = (setting: Setting, names: readonly FaultName[]): FaultCase[] =>
  names.map((name) => ({
    name: `${name} (${of(setting)})`,
    about: FAULTS[name].about,
    setting,
    faults: [{ name, ...(setting.vendor === 'malakai' ? { after: 0 } : {}) }],
    ends: 'done',
  }))

/** Faults that stay until somebody does something: the sync says what; afterwards nothing is missing. */
const lasting = (
  setting: Setting,
  table: Partial<Record<FaultName, RegExp>>,
  more: Partial<FaultCase> = {},
): FaultCase[] =>
  Object.keys(FAULTS)
    .filter((name): name is FaultName => name in table)
    .map((name) => ({
      name: `${name} (${of(setting)})`,
      about: FAULTS[name].about,
      setting,
      // Early enough for enough requests to be left.
      faults: [{ name, times: null, ...(setting.vendor === 'malakai' ? { after: 0 } : {}) }],
      upToAfter: 3,
      ends: 'failed',
      ...(table[name] === undefined ? {} : { says: table[name] }),
      ...more,
    }))

const ONCE: readonly FaultName[] = [
  '500-then-success',
  '429-seconds',
  '429-date',
  '429-bare',
  '429-absurd',
  'stalled-body',
  'silent',
  'reset-mid-body',
  'reset-at-once',
  'truncated-json',
  'html-200',
  'empty-204',
  'gzip',
  'gzip-broken',
  'header-flood',
  'slow-drip',
  'length-too-short',
  'length-too-long',
  'chunked-nonsense',
  'not-http',
  'closed-after',
  'redirect-here',
]

/** Points the connection elsewhere for one sync. */
const elsewhere = (url: string) => async (world: World) => {
  const set = world.backend.db.prepare('UPDATE connections SET base_url = ?')
  set.run(url)
  await world.sync()
  set.run(world.simulator.url)
}

/** The texts in all files below a folder, as bytes. */
export function filesHolding(folder: string, secret: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(secret))
}

/** Nothing that a vendor repeats brings a secret into the workspace or an event; that it would be found is shown. */
function hasNoSecret({ backend, simulator, results }: World): void {
  const secrets = ['accessToken' in simulator ? simulator.accessToken : simulator.apiKey, simulator.apiKey]
  const sentences = JSON.stringify([results, backend.events])
  for (const secret of secrets) {
    if (sentences.includes(secret)) throw new Error('A secret stands in a sentence or an event.')
    const files = filesHolding(backend.paths.root, secret)
    if (files.length > 0) throw new Error(`A secret stands in ${files.join(', ')}.`)
  }
  if (filesHolding(backend.paths.root, simulator.url).length === 0)
    throw new Error('Not even the address was found in the workspace: the search does not work.')
}

export const transportCases: readonly FaultCase[] = [
  ...passing(PAGE, ONCE),
  ...passing(OPENAPI, ['500-then-success', 'reset-mid-body', 'truncated-json', 'silent', 'length-too-short']),
  ...passing(MALAKAI, [
    '500-then-success',
    '429-date',
    '429-absurd',
    'stalled-body',
    'silent',
    'reset-mid-body',
    'truncated-json',
    'html-200',
    'empty-204',
    'gzip',
    'gzip-broken',
    'slow-drip',
    'length-too-short',
    'length-too-long',
    'chunked-nonsense',
    'code-5000',
    'closed-after',
  ]),
  ...lasting(PAGE, {
    '503-always': /failed \(503\).*try again later/,
    '401-always': /refused the key \(401\).*enter the key again/,
    '403-always': /refused the key \(403\).*enter the key again/,
    'html-always': /web page.*Check the connection's base URL/,
    'redirect-away': /sends Earmark on to .*enter it as the base URL/,
    'redirect-loop': /without end.*Check the base URL/,
    'packed-oddly': /can't unpack/,
  }),
  ...lasting(
    PAGE,
    { 'gzip-bomb': /unpacks to more than|is larger than/ },
    { setting: { ...PAGE, pages: [1, 2] } },
  ),
  ...lasting(
    PAGE,
    { 'echo-refusal': /refused the key \(401\)/, 'echo-failure': /failed \(500\)/ },
    { check: hasNoSecret, checkEnd: hasNoSecret },
  ),
  ...lasting(MALAKAI, {
    '401-always': /refused the API key or the access token \(401\)/,
    '503-always': /failed \(503\)/,
    'html-always': /web page/,
    'redirect-away': /sends Earmark on to/,
    'code-4010': /refused the API key or the access token.*code 4010/,
    'code-3111': /code 3111.*Check the campaign ID and both secrets/,
    'code-missing': /no "responseCode"/,
  }),
  ...lasting(
    MALAKAI,
    { 'echo-refusal': /refused the API key/ },
    { check: hasNoSecret, checkEnd: hasNoSecret },
  ),
  ...[PAGE, MALAKAI].map(
    (setting): FaultCase => ({
      name: `echo-answer (${of(setting)})`,
      about: FAULTS['echo-answer'].about,
      setting,
      faults: [{ name: 'echo-answer', after: 0 }],
      ends: 'done',
      isLasting: true,
      // What stands for a secret is no part of what the vendor sent.
      isContentKnown: false,
      checkEnd: hasNoSecret,
    }),
  ),
  {
    name: 'connection refused',
    about: 'Nothing answers at the port.',
    setting: PAGE,
    play: elsewhere('http://127.0.0.1:9'),
    ends: 'failed',
    says: /can not be reached: nothing answers at that port\. Check the address/,
  },
  {
    name: 'no such host',
    about: 'The name can not be looked up.',
    setting: PAGE,
    play: elsewhere('http://earmark-fault.invalid'),
    ends: 'failed',
    says: /earmark-fault\.invalid can not be reached: (there is no such host|its address could not be looked up)\. Check/,
  },
]
