import { contract } from '@contract'
import fc from 'fast-check'
import { z } from 'zod'

/** What a random call may name, so that some of them are about something. */
export interface World {
  callIds: readonly string[]
  connectionIds: readonly string[]
  /** Annotations that may be changed and deleted. Those that must survive are never named. */
  annotationIds: readonly string[]
  savedSearchIds: readonly string[]
}

/** How a call was made: as the contract says, nearly so, with anything as its input, or under a name that is none. */
export type FuzzKind = 'valid' | 'mutated' | 'anything' | 'no such name'

/** Values that can't be written as JSON stand as `{ $fuzz: … }` and are made in the page (`reviveInPage`). */
export interface FuzzCall {
  kind: FuzzKind
  feature: unknown
  call: unknown
  input: unknown
}

type Json = Record<string, unknown>
type AnyCall = { input: z.ZodType; output: z.ZodType }

export const SCHEMAS: Readonly<Record<string, Readonly<Record<string, AnyCall>>>> = contract
const ALL_NAMES = Object.entries(SCHEMAS).flatMap(([feature, calls]) =>
  Object.keys(calls).map((call) => ({ feature, call })),
)

/** They take a second and more, or make something that stays: as the contract says, they come twenty times less. */
const HEAVY = new Set([
  'workspace.openSample',
  'search.rebuild',
  'timing.align',
  'support.report',
  'connections.create',
  'connections.test',
  'connections.findCampaigns',
  'sync.start',
  'recordings.keep',
  'recordings.downloadWaiting',
  'recordings.fetch',
  'updates.check',
  'backup.automatic',
])

/**
 * They are there to take away, to put an older state in the place of a newer one, or to start Earmark anew. Such a call, made as it is meant,
 * would do so: they get inputs that can't be meant.
 */
const DESTRUCTIVE = new Set([
  'retention.purge',
  'trouble.repair',
  'trouble.openBackup',
  'trouble.retry',
  'trouble.chooseOther',
  'backup.replace',
  'backup.open',
  'protection.protect',
  'protection.unprotect',
  'protection.resume',
  'drafts.forgetProfile',
])

const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'toJSON',
  '',
  ' ',
  'annotations.create',
  'ANNOTATIONS',
  'create\0',
  '../annotations',
  'imports',
  'counts',
  'files',
  'write',
  'run',
  'locate',
  'rebuildNow',
  'createEphemeral',
  'noteFacts',
] as const

/** What only the page can make. */
export const EXOTIC = [
  'undefined',
  'function',
  'symbol',
  'bigint',
  'NaN',
  'Infinity',
  '-0',
  'date',
  'bad date',
  'map',
  'set',
  'regexp',
  'error',
  'cyclic',
  'bytes',
  'shared',
  'deep array',
  'deep object',
  'long string',
  'huge array',
  'many keys',
  'getter',
  'proxy',
  'class',
  'lone surrogate',
  'sparse',
  'null prototype',
  'own __proto__',
  'element',
  'promise',
] as const

const exotic = fc.constantFrom(...EXOTIC).map((name) => ({ $fuzz: name }))

const strange = fc.oneof(
  { weight: 3, arbitrary: exotic },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      '',
      0,
      -1,
      1e308,
      2 ** 53,
      true,
      null,
      [],
      {},
      '\0',
      '\ud800',
      "' OR 1=1 --",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
)

/** Calls without end; the same seed gives the same ones. */
export function* fuzzCalls(world: World, seed: number): Generator<FuzzCall> {
  const any = callArbitrary(world)
  for (let batch = 0; ; batch += 1) yield* fc.sample(any, { seed: seed + batch, numRuns: 1000 })
}

function callArbitrary(world: World): fc.Arbitrary<FuzzCall> {
  const isDestructive = ({ feature, call }: { feature: string; call: string }) =>
    DESTRUCTIVE.has(`${feature}.${call}`)
  const NAMES = ALL_NAMES.filter((one) => !isDestructive(one))
  const destructive = ALL_NAMES.filter(isDestructive)
  const inputs = new Map(
    NAMES.map(({ feature, call }) => [`${feature}.${call}`, inputOf(SCHEMAS[feature]?.[call]?.input, world)]),
  )
  const light = NAMES.filter(({ feature, call }) => !HEAVY.has(`${feature}.${call}`))
  const heavy = NAMES.filter(({ feature, call }) => HEAVY.has(`${feature}.${call}`))
  const name = fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...light) },
    { weight: 1, arbitrary: fc.constantFrom(...(heavy.length > 0 ? heavy : light)) },
  )
  const valid = name.chain(({ feature, call }) =>
    (inputs.get(`${feature}.${call}`) ?? fc.constant({})).map(
      (input): FuzzCall => ({ kind: 'valid', feature, call, input }),
    ),
  )
  const anyName = fc.constantFrom(...NAMES)
  const mutated = anyName.chain(({ feature, call }) =>
    fc
      .tuple(
        inputs.get(`${feature}.${call}`) ?? fc.constant({}),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
      )
      .map(
        ([input, steps]): FuzzCall => ({
          kind: 'mutated',
          feature,
          call,
          input: steps.reduce<unknown>((result, step) => step(result), structuredClone(input)),
        }),
      ),
  )
  const anything = fc
    .oneof(
      { weight: 20, arbitrary: fc.tuple(anyName, strange) },
      {
        weight: 1,
        arbitrary: fc.tuple(
          fc.constantFrom(...destructive),
          fc.constantFrom<unknown>(null, 0, '', true, [], 'x', { $fuzz: 'huge array' }),
        ),
      },
    )
    .map(([{ feature, call }, input]): FuzzCall => ({ kind: 'anything', feature, call, input }))
  const odd = fc.oneof(fc.constantFrom<unknown>(...HOSTILE_NAMES), strange)
  const noName = fc
    .tuple(
      fc.oneof(
        fc.tuple(odd, odd),
        anyName.chain(({ feature }) =>
          fc.tuple(fc.constant<unknown>(feature), fc.constantFrom<unknown>(...HOSTILE_NAMES)),
        ),
      ),
      strange,
    )
    .map(([[feature, call], input]): FuzzCall => ({ kind: 'no such name', feature, call, input }))
  return fc.oneof(
    { weight: 30, arbitrary: valid },
    { weight: 35, arbitrary: mutated },
    { weight: 20, arbitrary: anything },
    { weight: 15, arbitrary: noName },
  )
}

const mutation: fc.Arbitrary<(input: unknown) => unknown> = fc
  .tuple(
    fc.constantFrom('replace', 'remove', 'add', 'wrap', 'whole', 'repeat', 'swap'),
    strange,
    fc.nat(1000),
    fc.constantFrom(...HOSTILE_NAMES),
  )
  .map(
    ([what, value, at, name]) =>
      (input) =>
        mutate(input, what, value, at, name),
  )

function mutate(input: unknown, what: string, value: unknown, at: number, name: string): unknown {
  if (what === 'whole') return value
  if (what === 'wrap') return at % 2 === 0 ? [input] : { input }
  if (!isObject(input)) return value
  const keys = Object.keys(input)
  const key = keys[at % Math.max(1, keys.length)] ?? 'x'
  const inner = input[key]
  if (isObject(inner) && at % 3 !== 0) return { ...input, [key]: mutate(inner, what, value, at, name) }
  switch (what) {
    case 'remove':
      return Object.fromEntries(Object.entries(input).filter(([one]) => one !== key))
    case 'add':
      return Object.defineProperty({ ...input }, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    case 'repeat':
      return { ...input, [key]: Array.from({ length: (at % 50) + 1 }, () => inner) }
    case 'swap':
      return { ...input, [key]: input[keys[(at + 1) % Math.max(1, keys.length)] ?? key] }
    default:
      return { ...input, [key]: value }
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('$fuzz' in value)

/** Inputs as a call's schema wants them, out of what the schema says of itself. */
function inputOf(schema: z.ZodType | undefined, world: World): fc.Arbitrary<unknown> {
  if (!schema) return fc.constant({})
  return arbitraryOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json, world)
}

/** Addresses on which nobody listens: a random call asks nobody else. */
const ADDRESSES = ['http://127.0.0.1:9', 'http://localhost:9/api', 'https://127.0.0.1:9/v1'] as const
const QUERIES = [
  '',
  'appointment',
  '"buy a house"',
  'hous* -voicemail',
  '(a OR b) -c',
  'NEAR(buy house, 5)',
  'speaker:caller refund',
  'date:last-7-days duration:>1m',
  'data.x:>1 qa.greeting:pass',
  'has:recording label:"x',
  '((((((((',
  '"\'*:%_',
] as const

function arbitraryOf(schema: Json, world: World): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]))
  for (const many of [schema.anyOf, schema.oneOf])
    if (Array.isArray(many)) return fc.oneof(...(many as Json[]).map((one) => arbitraryOf(one, world)))
  if (Array.isArray(schema.allOf))
    return fc
      .tuple(...(schema.allOf as Json[]).map((one) => arbitraryOf(one, world)))
      .map((all) => Object.assign({}, ...all.map((one) => (isObject(one) ? one : {}))) as unknown)
  switch (schema.type) {
    case 'object':
      return objectOf(schema, world)
    case 'array':
      return fc.array(arbitraryOf((schema.items as Json | undefined) ?? {}, world), { maxLength: 5 })
    case 'string':
      return textOf(schema, world)
    case 'integer':
      return fc.integer({ min: clamp(schema.minimum, -(2 ** 31)), max: clamp(schema.maximum, 2 ** 31 - 1) })
    case 'number':
      return fc.double({ min: clamp(schema.minimum, -1e9), max: clamp(schema.maximum, 1e9), noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

const clamp = (given: unknown, otherwise: number): number =>
  typeof given === 'number' && Math.abs(given) <= Math.abs(otherwise) ? given : otherwise

function objectOf(schema: Json, world: World): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Record<string, Json>
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : []
  return fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, propertyOf(name, one, world)])),
    { requiredKeys: required.filter((name) => name in properties) },
  )
}

function propertyOf(name: string, schema: Json, world: World): fc.Arbitrary<unknown> {
  const any = arbitraryOf(schema, world)
  if (name === 'query' && schema.type === 'string') return fc.oneof(fc.constantFrom<unknown>(...QUERIES), any)
  return any
}

function textOf(schema: Json, world: World): fc.Arbitrary<unknown> {
  const pattern = typeof schema.pattern === 'string' ? schema.pattern : null
  if (schema.format === 'uuid')
    return fc.oneof(
      fc.constantFrom<unknown>(...named(world.annotationIds), ...named(world.savedSearchIds)),
      fc.uuid(),
    )
  if (schema.format === 'uri') return fc.constantFrom(...ADDRESSES)
  if (pattern === '^[a-z2-7]{16}$')
    return fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...named(world.callIds)) },
      { weight: 1, arbitrary: fc.stringMatching(/^[a-z2-7]{16}$/) },
    )
  if (pattern === '^[a-z2-7]{12}$')
    return fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...named(world.connectionIds)) },
      { weight: 1, arbitrary: fc.stringMatching(/^[a-z2-7]{12}$/) },
    )
  const most = Math.min(clamp(schema.maxLength, 400), 400)
  const least = Math.min(clamp(schema.minLength, 400), most)
  const text = fc.string({ unit: 'grapheme', minLength: least, maxLength: most, size: 'small' })
  if (pattern === null) return text
  try {
    return fc.stringMatching(new RegExp(pattern))
  } catch {
    // Patterns that the generator does not speak.
    return text
  }
}

const named = (ids: readonly string[]): readonly string[] => (ids.length > 0 ? ids : ['none'])
