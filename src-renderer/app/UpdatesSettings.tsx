import { EarmarkError } from '@contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, FailureBanner, TextField, toast, toastFailure } from '../ui'
import { client } from './client'
import { feedQuery } from './queries'
import { t } from './words'

/** Where newer versions are asked for: nowhere, until somebody enters an address. */
export function UpdatesSettings() {
  const cache = useQueryClient()
  const feed = useQuery(feedQuery)
  const [typed, setTyped] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | undefined>()
  if (feed.isError) return <FailureBanner error={feed.error} title={null} />
  if (!feed.data) return null
  const { address, setBy, refusal } = feed.data
  const text = typed ?? address ?? ''
  const save = async () => {
    try {
      cache.setQueryData(feedQuery.queryKey, await client.updates.setFeed({ address: text }))
      setTyped(null)
      toast({
        title: t(text.trim() === '' ? 'app.updates.off' : 'app.updates.saved'),
        tone: 'good',
        topic: 'updates',
      })
    } catch (thrown) {
      if (thrown instanceof EarmarkError && thrown.code === 'invalid_input') setProblem(thrown.message)
      else toastFailure(thrown)
    }
  }
  return (
    <section className="settings-section" aria-labelledby="settings-updates-title">
      <h3 id="settings-updates-title" className="ui-section-title">
        {t('app.updates.title')}
      </h3>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <TextField
          label={t('app.updates.address')}
          description={t(setBy === 'administrator' ? 'app.updates.administrator' : 'app.updates.hint')}
          placeholder="https://"
          value={text}
          maxLength={2000}
          isDisabled={setBy === 'administrator'}
          problem={problem}
          onChange={(value) => {
            setTyped(value)
            setProblem(undefined)
          }}
          end={
            <Button type="submit" isDisabled={setBy === 'administrator' || text.trim() === (address ?? '')}>
              {t('app.updates.save')}
            </Button>
          }
        />
      </form>
      <div className="settings-line">
        <span className="soft">
          {refusal ?? t(address === null ? 'app.updates.none' : 'app.updates.byHand')}
        </span>
        <Button
          size="s"
          isDisabled={refusal !== null || address === null}
          onPress={() => void client.updates.check({}).catch(toastFailure)}
        >
          {t('commands.workspace.updates')}
        </Button>
      </div>
    </section>
  )
}
