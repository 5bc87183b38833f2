import { useQuery } from '@tanstack/react-query'
import { LockKeyhole, LockKeyholeOpen } from 'lucide-react'
import { client } from '../app/client'
import { closeDialog, openDialog } from '../app/dialogs'
import { t } from '../app/words'
import { Button, confirm, toastFailure } from '../ui'
import { protectionQuery } from './queries'

/** Whether the workspace is protected, and how to change that. */
export function ProtectionSettings() {
  const state = useQuery(protectionQuery).data?.state
  if (state !== 'plain' && state !== 'protected') return null
  const isProtected = state === 'protected'
  return (
    <div className="settings-row">
      <span className="ui-label">{t('protection.title')}</span>
      <div className="settings-path">
        <span className="soft">
          {t(isProtected ? 'protection.state.protected' : 'protection.state.plain')}
        </span>
        {isProtected ? (
          <Button
            size="s"
            icon={<LockKeyholeOpen size={13} aria-hidden="true" />}
            onPress={() => void unprotect()}
          >
            {t('protection.remove')}
          </Button>
        ) : (
          <Button
            size="s"
            icon={<LockKeyhole size={13} aria-hidden="true" />}
            onPress={() => openDialog({ kind: 'protect' })}
          >
            {t('protection.protect')}
          </Button>
        )}
      </div>
    </div>
  )
}

async function unprotect(): Promise<void> {
  closeDialog()
  const isSure = await confirm({
    title: t('protection.removing.title'),
    body: t('protection.removing.words'),
    confirmLabel: t('protection.remove'),
    tone: 'danger',
  })
  if (isSure) await client.protection.unprotect({}).catch(toastFailure)
}
