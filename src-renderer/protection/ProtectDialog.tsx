import { Save } from 'lucide-react'
import { useState } from 'react'
import { client } from '../app/client'
import { closeDialog } from '../app/dialogs'
import { t } from '../app/words'
import { Banner, Button, Checkbox, Dialog } from '../ui'
import { useAttempt } from './use-attempt'
import './protection.css'

/** What protecting means; then the recovery phrase, once; then it begins. */
export function ProtectDialog() {
  const [phrase, setPhrase] = useState<string | null>(null)
  const [isWritten, setWritten] = useState(false)
  const [isSaved, setSaved] = useState(false)
  const { isPending, problem, attempt } = useAttempt()
  const prepare = () =>
    attempt(async () => {
      const prepared = await client.protection.prepare({})
      setPhrase(prepared.phrase)
    })
  const save = () =>
    attempt(async () => {
      const { saved } = await client.protection.savePhrase({})
      if (saved) setSaved(true)
    })
  const begin = () =>
    attempt(async () => {
      await client.protection.protect({})
      closeDialog()
    })
  return (
    <Dialog
      title={t('protection.dialog.title')}
      isOpen
      onClose={closeDialog}
      isAnswerNeeded={phrase !== null}
      footer={
        <>
          <Button onPress={closeDialog}>{t('ui.cancel')}</Button>
          {phrase === null ? (
            <Button variant="primary" isPending={isPending} onPress={() => void prepare()}>
              {t('protection.dialog.show')}
            </Button>
          ) : (
            <Button
              variant="primary"
              isPending={isPending}
              isDisabled={!isWritten}
              onPress={() => void begin()}
            >
              {t('protection.dialog.begin')}
            </Button>
          )}
        </>
      }
    >
      {problem ? <Banner tone="bad">{problem}</Banner> : null}
      {phrase === null ? (
        <div className="protection-words">
          <p>{t('protection.dialog.what')}</p>
          <p>{t('protection.dialog.key')}</p>
          <p className="soft">{t('protection.dialog.not')}</p>
        </div>
      ) : (
        <div className="protection-words">
          <p>{t('protection.dialog.write')}</p>
          <ol className="protection-phrase" aria-label={t('protection.phrase')}>
            {phrase.split(' ').map((word, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a word may be there twice; its place never changes
              <li key={i}>{word}</li>
            ))}
          </ol>
          <div className="protection-actions">
            <Button size="s" icon={<Save size={13} aria-hidden="true" />} onPress={() => void save()}>
              {t('protection.dialog.save')}
            </Button>
            <span className="soft" role="status">
              {isSaved ? t('protection.dialog.saved') : null}
            </span>
          </div>
          <Checkbox isSelected={isWritten} onChange={setWritten} description={t('protection.dialog.lost')}>
            {t('protection.dialog.written')}
          </Checkbox>
        </div>
      )}
    </Dialog>
  )
}
