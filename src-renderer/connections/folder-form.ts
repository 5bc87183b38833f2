import { type ChosenFolder, type Connection, FolderDraft, type Vendor } from '@contract'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { formatNumber } from '../ui'

/** The form of a folder connection as it stands. */
export interface FolderForm {
  name: string
  vendor: Vendor | null
  /** What was chosen in this form; null: nothing yet, or (of an existing connection) the folder that it has. */
  chosen: ChosenFolder | null
}
export type FolderField = 'name' | 'vendor' | 'folder'
export type FolderProblems = Partial<Record<FolderField, string>>

export const emptyFolderForm: FolderForm = { name: '', vendor: null, chosen: null }

export const folderFormOf = ({ name, vendor }: Connection): FolderForm => ({ name, vendor, chosen: null })

/** The last part of a path of either kind of system. */
const lastPart = (path: string): string => path.split(/[/\\]/).findLast((part) => part !== '') ?? ''

/**
 * The form after a folder was chosen: what was recognised chooses the vendor, the folder's name fills an empty name.
 * `isNew: false`: an existing connection keeps its vendor.
 */
export function withFolder(form: FolderForm, chosen: ChosenFolder, isNew: boolean): FolderForm {
  return {
    chosen,
    name: form.name.trim() === '' ? lastPart(chosen.folder).slice(0, 100) : form.name,
    vendor: isNew ? (chosen.vendor ?? form.vendor) : form.vendor,
  }
}

/** What was found in a chosen folder, and what it means; a warning where something does not look right. */
export function foundWords(
  { vendor, jsonFiles, audioFiles }: ChosenFolder,
  used: Vendor | null,
): { tone: 'good' | 'info' | 'warning'; words: string } {
  const files = [
    t('connections.folder.jsonFiles', { count: jsonFiles, n: formatNumber(jsonFiles) }),
    t('connections.folder.audioFiles', { count: audioFiles, n: formatNumber(audioFiles) }),
  ].join(', ')
  if (jsonFiles === 0 && audioFiles === 0) return { tone: 'info', words: t('connections.folder.empty') }
  if (jsonFiles === 0) return { tone: 'info', words: `${files}. ${t('connections.folder.noCalls')}` }
  if (vendor === null) return { tone: 'warning', words: `${files}. ${t('connections.folder.unknown')}` }
  const words = `${files}. ${t('connections.folder.looksLike', { vendor: vendorName(vendor) })}`
  if (used !== null && used !== vendor)
    return {
      tone: 'warning',
      words: `${words} ${t('connections.folder.other', { vendor: vendorName(used) })}`,
    }
  return { tone: 'good', words }
}

export type ReadFolderForm = { ok: true; draft: FolderDraft } | { ok: false; problems: FolderProblems }

/** The form as the contract wants it, or what is missing. `isNew: false`: without a choice the folder stays. */
export function readFolderForm(form: FolderForm, isNew: boolean): ReadFolderForm {
  const problems: FolderProblems = {}
  if (form.name.trim() === '') problems.name = t('connections.problem.name')
  if (form.vendor === null) problems.vendor = t('connections.problem.folderVendor')
  if (isNew && form.chosen === null) problems.folder = t('connections.problem.folder')
  const draft = FolderDraft.safeParse({
    vendor: form.vendor,
    name: form.name,
    folder: form.chosen?.folder ?? null,
  })
  if (draft.success && Object.keys(problems).length === 0) return { ok: true, draft: draft.data }
  if (!draft.success && Object.keys(problems).length === 0) problems.name = t('connections.problem.tooLong')
  return { ok: false, problems }
}
