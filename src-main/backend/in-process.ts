import { existsSync } from 'node:fs'
import { contract, EarmarkError, type EarmarkEvent, unwrap } from '@contract'
import type { z } from 'zod'
import { finishExchange } from '../backup/exchange'
import { finishRestore } from '../backup/finish-restore'
import { makeFolders, openCallsForWriting, openReviewsForWriting } from '../db/workspace'
import { WorkspaceKeys } from '../protection/keys'
import { holdWorkspace } from '../protection/workspace-lock'
import { ensureIndex } from '../search/search-index'
import { answer, type Served } from './channel'
import type { WorkerData } from './host'
import { internalContract } from './internal-contract'
import { type WorkerName, workerFor } from './routes'
import { audioTables, callsTables, exportsTables, reviewsTables, searchTables, timingTables } from './tables'
import type { WorkerContext } from './worker'

type Public = typeof contract
type Internal = typeof internalContract
type Schemas = { [F in keyof Public | keyof Internal]: At<Public, F> & At<Internal, F> }
type At<T, F> = F extends keyof T ? T[F] : unknown
type Input<S> = S extends { input: infer I extends z.ZodType } ? z.input<I> : never
type Output<S> = S extends { output: infer O extends z.ZodType } ? z.output<O> : never

export interface InProcessBackend {
  /** A call as the contract (or the internal one) has it; a failure is thrown as an `EarmarkError`. */
  ask: <F extends keyof Schemas, C extends keyof Schemas[F] & string>(
    feature: F,
    call: C,
    input: Input<Schemas[F][C]>,
  ) => Promise<Output<Schemas[F][C]>>
  context: WorkerContext
  close: () => Promise<void>
}

/**
 * The same handler tables as the workers', in this thread: for the command line. Each part is opened at its
 * first call, so that what is damaged stands in the way of its own calls only. Raises `workspace_unusable`.
 */
export function openInProcess(data: WorkerData, emit: (event: EarmarkEvent) => void): InProcessBackend {
  finishExchange(data.workspaceRoot)
  const { masterKey = null, ...rest } = data
  const paths = makeFolders(data.workspaceRoot, masterKey && new WorkspaceKeys(masterKey))
  const context: WorkerContext = { ...rest, paths, emit }
  // For as long as it is open: nothing changes the files over under its feet.
  const release = holdWorkspace(paths)
  const builders = {
    reviews: reviewsTables,
    calls: preparedCallsTables,
    search: indexedSearchTables,
    audio: audioTables,
    timing: preparedTimingTables,
    exports: indexedExportsTables,
  }
  const open = new Map<WorkerName, Promise<Served>>()
  const served = (name: WorkerName): Promise<Served> => {
    const known = open.get(name)
    if (known) return known
    const opening = Promise.resolve(builders[name](context))
    open.set(name, opening)
    return opening
  }
  return {
    context,
    ask: async (feature, call, input) => {
      const worker = workerFor(feature, call)
      const schema = { ...own(contract, feature), ...own(internalContract, feature) }[call]
      if (!worker || !schema) throw new EarmarkError('invalid_input', `There is no call ${feature}.${call}.`)
      const parsed = schema.input.safeParse(input)
      if (!parsed.success)
        throw new EarmarkError(
          'invalid_input',
          `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
        )
      const { tables } = await served(worker)
      return unwrap(await answer(tables, feature, call, parsed.data, data.workspaceRoot)) as never
    },
    close: async () => {
      // A part that could not be opened has told why to whoever asked, and holds nothing.
      for (const part of await Promise.allSettled(open.values()))
        if (part.status === 'fulfilled') await part.value.close()
      release()
    },
  }
}

/** In the window, the writing workers make databases and index where they are missing; here nobody else would. */
async function prepareForReading({ paths }: WorkerContext): Promise<void> {
  finishRestore(paths)
  openReviewsForWriting(paths).close()
  const db = openCallsForWriting(paths)
  try {
    await ensureIndex(db)
  } finally {
    db.close()
  }
}

/** Recordings are removed only where it can be seen what somebody wrote on: in a new workspace, nothing. */
async function preparedCallsTables(context: WorkerContext): Promise<Served> {
  if (!existsSync(context.paths.reviewsDb)) openReviewsForWriting(context.paths).close()
  return callsTables(context)
}

async function indexedSearchTables(context: WorkerContext): Promise<Served> {
  await prepareForReading(context)
  return searchTables(context)
}

async function preparedTimingTables(context: WorkerContext): Promise<Served> {
  await prepareForReading(context)
  return timingTables(context)
}

async function indexedExportsTables(context: WorkerContext): Promise<Served> {
  // A lost or damaged cache must not keep annotations from being exported.
  await prepareForReading(context).catch((error: unknown) => {
    if (!(error instanceof EarmarkError)) throw error
  })
  return exportsTables(context)
}

const own = (schemas: object, feature: string): Record<string, { input: z.ZodType }> =>
  Object.hasOwn(schemas, feature)
    ? ((schemas as Record<string, Record<string, { input: z.ZodType }>>)[feature] ?? {})
    : {}
