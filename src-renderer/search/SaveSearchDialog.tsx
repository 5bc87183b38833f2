import { EarmarkError } from '@contract'
import { useRef, useState } from 'react'
import { client } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { Button, Checkbox, Dialog, describeFailure, TextField, toast } from '../ui'
import { useSearch } from './search-state'
import { searchesQuery } from './searches'
import './SavedSearches.css'

/** Gives what is in the box a name. */
export function SaveSearchDialog() {
  const { text, sort } = useSearch()
  const [name, setName] = useState('')
  const [isPinned, setPinned] = useState(true)
  const [problem, setProblem] = useState<string | null>(null)
  // The same for each try: an answer that was lost does not save it twice.
  const id = useRef(crypto.randomUUID())
  const save = async () => {
    if (name.trim() === '') return setProblem(t('search.saved.nameNeeded'))
    try {
      const saved = await client.searches.save({ id: id.current, name, query: text.trim(), sort, isPinned })
      await queryClient.invalidateQueries({ queryKey: searchesQuery.queryKey })
      closeDialog()
      toast({ title: t('search.saved.done', { name: saved.name }), tone: 'good' })
    } catch (thrown) {
      setProblem(thrown instanceof EarmarkError ? thrown.message : describeFailure(thrown).message)
    }
  }
  return (
    <Dialog
      title={t('search.saved.saveTitle')}
      isOpen
      onClose={closeDialog}
      size="s"
      footer={
        <>
          <Button onPress={closeDialog}>{t('ui.cancel')}</Button>
          <Button variant="primary" onPress={() => void save()}>
            {t('search.saved.save')}
          </Button>
        </>
      }
    >
      <form
        className="save-search"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <code dir="auto">{text.trim()}</code>
        <TextField
          label={t('search.saved.name')}
          value={name}
          maxLength={100}
          autoFocus
          problem={problem}
          onChange={(next) => {
            setName(next)
            setProblem(null)
          }}
        />
        <Checkbox isSelected={isPinned} onChange={setPinned}>
          {t('search.saved.pin')}
        </Checkbox>
      </form>
    </Dialog>
  )
}
