import type { BackupFacts, BackupPhase, RestoreDone, RestoreSource } from '@contract'
import { create } from 'zustand'
import { client, onEvent } from '../app/client'
import { useDialog } from '../app/dialogs'
import { t } from '../app/words'
import { describeFailure, formatBytes, toast, toastFailure } from '../ui'

export interface Working {
  kind: 'working'
  phase: BackupPhase | null
  doneBytes: number
  totalBytes: number | null
}

/** One life: choosing; working; then written, looked into, restored or failed; and back to choosing. */
export type BackupState =
  | { kind: 'choosing' }
  | Working
  | { kind: 'written'; facts: BackupFacts }
  /** What is to be restored was chosen; `facts: null`: one of the automatic ones. `words`: which one. */
  | { kind: 'chosen'; from: RestoreSource; words: string; facts: BackupFacts | null }
  | { kind: 'restored'; done: RestoreDone }
  | { kind: 'failed'; what: 'backup' | 'restore'; thrown: unknown }

/** Kept outside of the dialog: what is being written goes on while the dialog is closed. */
export const useBackup = create<{ state: BackupState }>(() => ({ state: { kind: 'choosing' } }))

export const show = (state: BackupState): void => useBackup.setState({ state })
const START: Working = { kind: 'working', phase: null, doneBytes: 0, totalBytes: null }

/** To somebody who closed the dialog meanwhile and went on reviewing. */
function sayOutside(say: () => void): void {
  if (useDialog.getState().dialog.kind !== 'backup') say()
}

/** Does the work and shows how far it is; null: a file dialog was closed, and all is as before. */
async function run<T>(
  what: 'backup' | 'restore',
  work: () => Promise<T | null>,
  ended: (value: T) => BackupState,
): Promise<void> {
  const before = useBackup.getState().state
  if (before.kind === 'working') return
  show(START)
  const unsubscribe = onEvent((event) => {
    if (event.type !== 'backup.progress' || useBackup.getState().state.kind !== 'working') return
    const { phase, doneBytes, totalBytes } = event
    show({ kind: 'working', phase, doneBytes, totalBytes })
  })
  try {
    const value = await work()
    show(value === null ? before : ended(value))
    if (value !== null)
      sayOutside(() => toast({ title: t(`backup.${what}Done`), tone: 'good', topic: 'backup' }))
  } catch (thrown) {
    const isStopped = describeFailure(thrown).code === 'cancelled'
    show(isStopped ? { kind: 'choosing' } : { kind: 'failed', what, thrown })
    if (!isStopped) sayOutside(() => toastFailure(thrown))
  } finally {
    unsubscribe()
  }
}

/** Asks for a file name and writes the backup. */
export const backUp = (withRecordings: boolean): Promise<void> =>
  run(
    'backup',
    () => client.backup.save({ withRecordings }),
    (facts) => ({ kind: 'written', facts }),
  )

/** Asks for a backup file and looks into it. */
export const chooseBackup = (): Promise<void> =>
  run(
    'restore',
    () => client.backup.choose({}),
    (facts) => ({
      kind: 'chosen',
      from: { kind: 'chosen' },
      words: `${facts.path}, ${formatBytes(facts.bytes)}`,
      facts,
    }),
  )

/** Asks for a folder and makes a workspace in it. */
export const restoreCopy = (from: RestoreSource): Promise<void> =>
  run(
    'restore',
    () => client.backup.restore({ from }),
    (done) => ({ kind: 'restored', done }),
  )

/** In the place of this workspace; the window goes away when it is done. */
export const restoreHere = (from: RestoreSource): Promise<void> =>
  run(
    'restore',
    async () => {
      await client.backup.replace({ from })
      return null
    },
    () => ({ kind: 'choosing' }),
  )
