import type { DatabaseName, Repaired } from '@contract'
import { create } from 'zustand'
import { formatNumber, toast, toastFailure } from '../ui'
import { client, onEvent } from './client'
import { queryClient } from './queries'
import { t } from './words'

/** What is known of damage while the window is open: `found` in passing, the screen about it `isOpen`. */
export const useTrouble = create<{
  found: string | null
  isOpen: boolean
  /** A repair under way. */
  running: { name: DatabaseName; rows: number } | 'begun' | null
}>(() => ({ found: null, isOpen: false, running: null }))

export const noteDamage = (message: string): void => useTrouble.setState({ found: message })
export const showTrouble = (): void => useTrouble.setState({ isOpen: true })
export const hideTrouble = (): void => useTrouble.setState({ isOpen: false, found: null })

/** Runs a repair; what it brought is said, and everything is read again. */
async function run(repair: () => Promise<Repaired[]>): Promise<void> {
  if (useTrouble.getState().running !== null) return
  useTrouble.setState({ running: 'begun' })
  const unsubscribe = onEvent((event) => {
    if (event.type === 'repair.progress')
      useTrouble.setState({ running: { name: event.name, rows: event.rows } })
  })
  try {
    const done = await repair()
    useTrouble.setState({ found: null, isOpen: false })
    toast(
      done.length === 0
        ? { title: t('trouble.soundTitle'), description: t('trouble.soundWords'), tone: 'good' }
        : { title: t('trouble.doneTitle'), description: done.map(summary).join(' '), tone: 'good' },
    )
  } catch (thrown) {
    toastFailure(thrown)
  } finally {
    unsubscribe()
    useTrouble.setState({ running: null })
    await queryClient.resetQueries()
  }
}

export const repair = (): Promise<void> => run(() => client.trouble.repair({}))
export const openBackup = (name: DatabaseName): Promise<void> =>
  run(async () => [await client.trouble.openBackup({ name })])

export function chooseOther(): void {
  void client.trouble.chooseOther({}).catch(toastFailure)
}

/** Opens the workspace again, whatever stood in the way. */
export async function retry(): Promise<void> {
  await client.trouble.retry({}).catch(toastFailure)
  await queryClient.resetQueries()
}

function summary({ name, rows, keptAs }: Repaired): string {
  const file = keptAs.split(/[\\/]/).at(-1) ?? keptAs
  const key = name === 'reviews.db' ? 'trouble.doneReviews' : 'trouble.doneCalls'
  return t(key, { count: rows, n: formatNumber(rows), file })
}
