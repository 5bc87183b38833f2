import type { Connection, ConnectionId, Vendor } from '@contract'
import { ChevronRight, TriangleAlert } from 'lucide-react'
import { useRef, useState } from 'react'
import { Disclosure, DisclosurePanel, Button as PlainButton } from 'react-aria-components'
import { client } from '../app/client'
import { t } from '../app/words'
import { Button, TextArea, TextField } from '../ui'
import { AdvancedFields, type Bind } from './AdvancedFields'
import { CampaignFinder } from './CampaignFinder'
import { campaignTitle, namedCampaigns } from './campaign-choice'
import { FormEnd } from './FormEnd'
import {
  type ConnectionForm,
  campaignIdsOf,
  emptyForm,
  type FormField,
  type FormProblems,
  formOf,
  isUnprotected,
  type ReadForm,
  readAccount,
  readForm,
  withVendor,
} from './form-state'
import { type Outcome, OutcomeBanner } from './OutcomeBanner'
import { noteSaved } from './saved'
import './ConnectionForm.css'

const ADVANCED = [
  'dialect',
  'authHeader',
  'authPrefix',
  'ratePerSec',
  'concurrency',
] as const satisfies FormField[]

type Busy = 'no' | 'testing' | 'saving'

/** An account at a vendor: a new one, or the settings of one. Secrets typed here are sent once and not kept. */
export function ConnectionFormView({
  connection,
  vendor,
  onDone,
}: {
  connection: Connection | null
  /** Whose account; what was typed stays when another vendor is chosen. */
  vendor: Vendor
  onDone: (id: ConnectionId | null) => void
}) {
  const [form, setForm] = useState<ConnectionForm>(() =>
    connection ? formOf(connection) : emptyForm(vendor),
  )
  const [problems, setProblems] = useState<FormProblems>({})
  const [busy, setBusy] = useState<Busy>('no')
  const [outcome, setOutcome] = useState<Outcome>(null)
  const [isAdvanced, setAdvanced] = useState(false)
  const element = useRef<HTMLFormElement>(null)

  if (form.vendor !== vendor) {
    setForm(withVendor(form, vendor))
    setProblems({})
    setOutcome(null)
  }

  const change = (patch: Partial<ConnectionForm>) => {
    setForm((before) => ({ ...before, ...patch }))
    setProblems((before) => {
      const rest = { ...before }
      for (const name of Object.keys(patch)) delete rest[name as FormField]
      return rest
    })
    setOutcome(null)
  }
  const bind: Bind = (field) => ({
    value: form[field],
    onChange: (value: string) => change({ [field]: value }),
    problem: problems[field],
    isDisabled: busy !== 'no',
  })

  /** What was read of the form; else the problems are shown and the first wrong field gets the focus. */
  const shown = (result: ReadForm) => {
    if (result.ok) return result
    setProblems(result.problems)
    if (ADVANCED.some((field) => result.problems[field])) setAdvanced(true)
    requestAnimationFrame(() =>
      element.current?.querySelector<HTMLElement>(':is(input, textarea)[aria-invalid="true"]')?.focus(),
    )
    return null
  }
  const read = () => shown(readForm(form, connection !== null))
  const test = async () => {
    const result = read()
    if (!result) return
    setBusy('testing')
    setOutcome(null)
    try {
      const { draft, secrets } = result
      setOutcome({
        kind: 'test',
        test: await client.connections.test({ id: connection?.id ?? null, draft, secrets }),
      })
    } catch (thrown) {
      setOutcome({ kind: 'failed', thrown })
    } finally {
      setBusy('no')
    }
  }
  const save = async () => {
    const result = read()
    if (!result) return
    setBusy('saving')
    setOutcome(null)
    try {
      const { draft, secrets } = result
      const saved = connection
        ? await client.connections.update({ id: connection.id, draft, secrets })
        : secrets && (await client.connections.create({ draft, secrets }))
      // `readForm` lets no new connection through without secrets.
      if (!saved) return
      await noteSaved(saved, connection === null)
      onDone(saved.id)
    } catch (thrown) {
      setOutcome({ kind: 'failed', thrown })
      setBusy('no')
    }
  }

  const isProsper = form.vendor === 'prosper'
  const names = namedCampaigns({
    campaignIds: campaignIdsOf(form.campaigns),
    campaigns: connection?.campaigns ?? [],
  })
    .filter((one) => one.name !== null)
    .map(campaignTitle)
  const secretHint = connection ? t('connections.form.secretsKept') : t('connections.form.secretsHint')
  return (
    <form
      ref={element}
      className="connection-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <TextField
        label={t('connections.form.name')}
        placeholder={t('connections.form.namePlaceholder')}
        description={t('connections.form.nameHint')}
        autoFocus={connection !== null}
        {...bind('name')}
      />
      <TextField
        label={t('connections.form.baseUrl')}
        type="url"
        description={
          isUnprotected(form.baseUrl) ? (
            <span className="connection-form-warning">
              <TriangleAlert size={13} aria-hidden="true" /> {t('connections.form.unprotected')}
            </span>
          ) : null
        }
        {...bind('baseUrl')}
      />
      <div className={isProsper ? '' : 'connection-form-pair'}>
        <TextField
          label={t('connections.form.apiKey')}
          type="password"
          autoComplete="off"
          description={secretHint}
          {...bind('apiKey')}
        />
        {isProsper ? null : (
          <TextField
            label={t('connections.form.accessToken')}
            type="password"
            autoComplete="off"
            description={secretHint}
            {...bind('accessToken')}
          />
        )}
      </div>
      <TextArea
        label={t('connections.form.campaigns')}
        description={
          names.length > 0
            ? names.join(', ')
            : t(isProsper ? 'connections.form.campaignsHintProsper' : 'connections.form.campaignsHint')
        }
        rows={2}
        {...bind('campaigns')}
      />
      {isProsper ? null : (
        <CampaignFinder
          connectionId={connection?.id ?? null}
          account={() => shown(readAccount(form, connection !== null))}
          value={form.campaigns}
          onChange={(campaigns) => change({ campaigns })}
          isDisabled={busy !== 'no'}
        />
      )}

      <Disclosure isExpanded={isAdvanced} onExpandedChange={setAdvanced}>
        {({ isExpanded }) => (
          <>
            <PlainButton slot="trigger" className="connection-advanced">
              <ChevronRight
                size={14}
                aria-hidden="true"
                className={isExpanded ? 'connection-advanced-open' : ''}
              />
              {t('connections.form.advanced')}
            </PlainButton>
            <DisclosurePanel>
              <AdvancedFields form={form} bind={bind} onChange={change} isDisabled={busy !== 'no'} />
            </DisclosurePanel>
          </>
        )}
      </Disclosure>

      <FormEnd
        outcome={<OutcomeBanner outcome={outcome} />}
        start={
          <Button onPress={() => void test()} isPending={busy === 'testing'} isDisabled={busy === 'saving'}>
            {t('connections.form.test')}
          </Button>
        }
        isSaving={busy === 'saving'}
        isBusy={busy === 'testing'}
        onCancel={() => onDone(connection?.id ?? null)}
      />
    </form>
  )
}
