import type { Connection, ConnectionId } from '@contract'
import { ChevronRight } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { Disclosure, DisclosurePanel, Button as PlainButton } from 'react-aria-components'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { connectionTopic, startSync } from '../sync/actions'
import { Button, SegmentedControl, TextArea, TextField, toast } from '../ui'
import { AdvancedFields, type Bind } from './AdvancedFields'
import {
  type ConnectionForm,
  emptyForm,
  type FormField,
  type FormProblems,
  formOf,
  readForm,
  withVendor,
} from './form-state'
import { type Outcome, OutcomeBanner } from './OutcomeBanner'
import './ConnectionForm.css'

const ADVANCED = [
  'dialect',
  'authHeader',
  'authPrefix',
  'ratePerSec',
  'concurrency',
] as const satisfies FormField[]

type Busy = 'no' | 'testing' | 'saving'

/** "Connect a vendor", or the settings of a connection. Secrets typed here are sent once and not kept. */
export function ConnectionFormView({
  connection,
  onDone,
}: {
  connection: Connection | null
  onDone: (id: ConnectionId | null) => void
}) {
  const [form, setForm] = useState<ConnectionForm>(() =>
    connection ? formOf(connection) : emptyForm('prosper'),
  )
  const [problems, setProblems] = useState<FormProblems>({})
  const [busy, setBusy] = useState<Busy>('no')
  const [outcome, setOutcome] = useState<Outcome>(null)
  const [isAdvanced, setAdvanced] = useState(false)
  const element = useRef<HTMLFormElement>(null)
  const formId = useId()

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

  /** The form as the contract wants it; else the problems are shown and the first wrong field gets the focus. */
  const read = () => {
    const result = readForm(form, connection !== null)
    if (result.ok) return result
    setProblems(result.problems)
    if (ADVANCED.some((field) => result.problems[field])) setAdvanced(true)
    requestAnimationFrame(() =>
      element.current?.querySelector<HTMLElement>(':is(input, textarea)[aria-invalid="true"]')?.focus(),
    )
    return null
  }
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
      await queryClient.invalidateQueries({ queryKey: ['connections'] })
      if (connection)
        toast({
          title: t('connections.form.changed', { name: saved.name }),
          tone: 'good',
          topic: connectionTopic(saved.id),
        })
      else
        toast({
          title: t('connections.form.saved', { name: saved.name }),
          description: t('connections.form.savedWords'),
          tone: 'good',
          topic: connectionTopic(saved.id),
          action: { label: t('sync.short'), perform: () => void startSync(saved.id) },
        })
      onDone(saved.id)
    } catch (thrown) {
      setOutcome({ kind: 'failed', thrown })
      setBusy('no')
    }
  }

  const isProsper = form.vendor === 'prosper'
  const secretHint = connection ? t('connections.form.secretsKept') : t('connections.form.secretsHint')
  return (
    <form
      id={formId}
      ref={element}
      className="connection-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {connection ? null : (
        <SegmentedControl
          label={t('connections.form.vendor')}
          options={[
            { id: 'prosper', label: vendorName('prosper') },
            { id: 'malakai', label: vendorName('malakai') },
          ]}
          value={form.vendor}
          onChange={(vendor) => {
            setForm((before) => withVendor(before, vendor))
            setProblems({})
            setOutcome(null)
          }}
        />
      )}
      <TextField
        label={t('connections.form.name')}
        placeholder={t('connections.form.namePlaceholder')}
        description={t('connections.form.nameHint')}
        autoFocus
        {...bind('name')}
      />
      <TextField label={t('connections.form.baseUrl')} type="url" {...bind('baseUrl')} />
      <TextArea
        label={t('connections.form.campaigns')}
        description={t('connections.form.campaignsHint')}
        rows={2}
        {...bind('campaigns')}
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

      {/* In sight however long the form is: a test's answer must not end up below the edge. */}
      <div className="connection-form-end">
        <OutcomeBanner outcome={outcome} />
        <div className="connection-form-foot">
          <Button onPress={() => void test()} isPending={busy === 'testing'} isDisabled={busy === 'saving'}>
            {t('connections.form.test')}
          </Button>
          <span className="connection-form-space" />
          <Button onPress={() => onDone(connection?.id ?? null)} isDisabled={busy === 'saving'}>
            {t('ui.cancel')}
          </Button>
          <Button
            variant="primary"
            type="submit"
            isPending={busy === 'saving'}
            isDisabled={busy === 'testing'}
          >
            {t('connections.form.save')}
          </Button>
        </div>
      </div>
    </form>
  )
}
