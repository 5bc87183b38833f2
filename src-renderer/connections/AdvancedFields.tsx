import { t } from '../app/words'
import { Select, TextField } from '../ui'
import type { ConnectionForm, FormField } from './form-state'

/** The fields that hold text. */
export type TextFieldName = Exclude<FormField, 'vendor' | 'dialect' | 'everyMinutes'>

/** What a text field of the form is given. */
export type Bind = (field: TextFieldName) => {
  value: string
  onChange: (value: string) => void
  problem: string | undefined
  isDisabled: boolean
}

/** What most connections leave as it is: the shape of the API, the key's header, how fast to ask. */
export function AdvancedFields({
  form,
  bind,
  onChange,
  isDisabled,
}: {
  form: ConnectionForm
  bind: Bind
  onChange: (patch: Partial<ConnectionForm>) => void
  isDisabled: boolean
}) {
  return (
    <div className="connection-form connection-form-advanced">
      {form.vendor === 'prosper' ? (
        <>
          <Select
            label={t('connections.form.dialect')}
            options={(['auto', 'page', 'openapi'] as const).map((id) => ({
              id,
              label: t(`connections.form.dialects.${id}`),
            }))}
            value={form.dialect}
            onChange={(dialect) => onChange({ dialect })}
            description={t(`connections.form.dialectHints.${form.dialect}`)}
            isDisabled={isDisabled}
          />
          <div className="connection-form-pair">
            <TextField
              label={t('connections.form.authHeader')}
              description={t('connections.form.authHeaderHint')}
              {...bind('authHeader')}
            />
            <TextField
              label={t('connections.form.authPrefix')}
              description={t('connections.form.authPrefixHint')}
              {...bind('authPrefix')}
            />
          </div>
        </>
      ) : null}
      <div className="connection-form-pair">
        <TextField
          label={t('connections.form.ratePerSec')}
          inputMode="decimal"
          placeholder={t('connections.form.usual', { n: 5 })}
          description={t('connections.form.ratePerSecHint')}
          {...bind('ratePerSec')}
        />
        <TextField
          label={t('connections.form.concurrency')}
          inputMode="numeric"
          placeholder={t('connections.form.usual', { n: 4 })}
          description={t('connections.form.concurrencyHint')}
          {...bind('concurrency')}
        />
      </div>
    </div>
  )
}
