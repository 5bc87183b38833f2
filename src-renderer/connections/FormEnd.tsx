import type { ReactNode } from 'react'
import { t } from '../app/words'
import { Button } from '../ui'

/** The end of a form, in sight however long it is: what came of it, and its buttons. */
export function FormEnd({
  outcome,
  start,
  isSaving,
  isBusy,
  onCancel,
}: {
  outcome: ReactNode
  /** Buttons at the other side. */
  start?: ReactNode
  isSaving: boolean
  /** Something else is going on. */
  isBusy: boolean
  onCancel: () => void
}) {
  return (
    <div className="connection-form-end">
      {outcome}
      <div className="connection-form-foot">
        {start}
        <span className="connection-form-space" />
        <Button onPress={onCancel} isDisabled={isSaving}>
          {t('ui.cancel')}
        </Button>
        <Button variant="primary" type="submit" isPending={isSaving} isDisabled={isBusy}>
          {t('connections.form.save')}
        </Button>
      </div>
    </div>
  )
}
