import { EarmarkError, type Handlers, type ImportDone } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { type CallsContext, programOf } from '../sync/context'
import { importFiles, openSample } from './import-files'
import { lookIntoChosen } from './look-into'

/** One import at a time: a second one is told to wait. `cancel` answers when the import has stopped. */
export function importHandlers(context: CallsContext): Handlers<(typeof internalContract)['imports']> {
  const { db, paths, emit, sampleFolder } = context
  const program = programOf(context)
  let running: { stop: AbortController; ended: Promise<unknown> } | null = null

  const alone = async (work: (signal: AbortSignal) => Promise<ImportDone>): Promise<ImportDone> => {
    if (running !== null)
      throw new EarmarkError(
        'busy',
        'Files are being imported now. Wait until that has finished, or cancel it.',
      )
    const stop = new AbortController()
    const ended = work(stop.signal)
    const entry = { stop, ended: ended.catch(() => undefined) }
    running = entry
    try {
      return await ended
    } finally {
      running = null
    }
  }
  const cancel = async () => {
    const entry = running
    entry?.stop.abort()
    await entry?.ended
    return {}
  }

  return {
    files: ({ paths: files, connectionName }) =>
      alone((signal) =>
        importFiles(db, paths, files, {
          emit,
          signal,
          program,
          ...(connectionName === null ? {} : { connectionName }),
        }),
      ),
    sample: () => alone((signal) => openSample(db, paths, sampleFolder, { emit, signal, program })),
    cancel,
    lookIntoFolder: ({ folder }) => lookIntoChosen(folder, new AbortController().signal),
  }
}
