import type { Connection, ConnectionId } from '@contract'
import { FolderOpen } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { client } from '../app/client'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { Banner, Button, Select, TextField } from '../ui'
import { FormEnd } from './FormEnd'
import {
  emptyFolderForm,
  type FolderForm,
  type FolderProblems,
  folderFormOf,
  foundWords,
  readFolderForm,
  withFolder,
} from './folder-form'
import { type Outcome, OutcomeBanner } from './OutcomeBanner'
import { noteSaved } from './saved'
import './ConnectionForm.css'
import './FolderFiles.css'

type Busy = 'no' | 'choosing' | 'saving'

/** A new connection to a folder, or the settings of one. */
export function FolderFormView({
  connection,
  onDone,
}: {
  connection: Connection | null
  onDone: (id: ConnectionId | null) => void
}) {
  const isNew = connection === null
  const [form, setForm] = useState<FolderForm>(() =>
    connection ? folderFormOf(connection) : emptyFolderForm,
  )
  const [problems, setProblems] = useState<FolderProblems>({})
  const [busy, setBusy] = useState<Busy>('no')
  const [outcome, setOutcome] = useState<Outcome>(null)
  const element = useRef<HTMLFormElement>(null)
  const folderId = useId()

  const change = (next: FolderForm) => {
    setForm(next)
    setProblems({})
    setOutcome(null)
  }
  const choose = async () => {
    setBusy('choosing')
    try {
      const chosen = await client.connections.chooseFolder({})
      if (chosen) change(withFolder(form, chosen, isNew))
    } catch (thrown) {
      setOutcome({ kind: 'failed', thrown })
    } finally {
      setBusy('no')
    }
  }
  const save = async () => {
    const read = readFolderForm(form, isNew)
    if (!read.ok) {
      setProblems(read.problems)
      const selector = read.problems.folder
        ? '.folder-choice button'
        : ':is(input)[aria-invalid="true"], .ui-field[data-invalid] button'
      requestAnimationFrame(() => element.current?.querySelector<HTMLElement>(selector)?.focus())
      return
    }
    setBusy('saving')
    setOutcome(null)
    try {
      const { draft } = read
      const saved = connection
        ? await client.connections.updateFolder({ id: connection.id, draft })
        : await client.connections.createFolder({ draft })
      await noteSaved(saved, isNew)
      onDone(saved.id)
    } catch (thrown) {
      setOutcome({ kind: 'failed', thrown })
      setBusy('no')
    }
  }

  const folder = form.chosen?.folder ?? connection?.folder ?? null
  const found = form.chosen ? foundWords(form.chosen, form.vendor) : null
  return (
    <form
      ref={element}
      className="connection-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <div className="ui-field">
        <span className="ui-label" id={folderId}>
          {t('connections.folder.label')}
        </span>
        <fieldset className="folder-choice" aria-labelledby={folderId}>
          <span className={folder === null ? 'folder-path soft' : 'folder-path'} dir="auto">
            {folder ?? t('connections.folder.none')}
          </span>
          <Button
            icon={<FolderOpen size={14} aria-hidden="true" />}
            onPress={() => void choose()}
            isPending={busy === 'choosing'}
            isDisabled={busy === 'saving'}
          >
            {t(folder === null ? 'connections.folder.choose' : 'connections.folder.chooseOther')}
          </Button>
        </fieldset>
        {problems.folder ? (
          <span className="ui-problem" role="alert">
            {problems.folder}
          </span>
        ) : found ? null : (
          <span className="ui-hint">{t('connections.folder.hint')}</span>
        )}
      </div>
      {found ? (
        <div role="status">
          <Banner tone={found.tone}>{found.words}</Banner>
        </div>
      ) : null}
      <TextField
        label={t('connections.form.name')}
        placeholder={t('connections.form.namePlaceholder')}
        description={t('connections.form.nameHint')}
        value={form.name}
        onChange={(name) => change({ ...form, name })}
        problem={problems.name}
        isDisabled={busy === 'saving'}
        autoFocus={!isNew}
      />
      {isNew ? (
        <Select
          label={t('connections.folder.vendor')}
          placeholder={t('connections.folder.vendorNone')}
          description={t('connections.folder.vendorHint')}
          options={(['prosper', 'malakai'] as const).map((id) => ({ id, label: vendorName(id) }))}
          value={form.vendor}
          onChange={(vendor) => change({ ...form, vendor })}
          problem={problems.vendor}
          isDisabled={busy === 'saving'}
        />
      ) : null}
      <FormEnd
        outcome={<OutcomeBanner outcome={outcome} />}
        isSaving={busy === 'saving'}
        isBusy={busy === 'choosing'}
        onCancel={() => onDone(connection?.id ?? null)}
      />
    </form>
  )
}
