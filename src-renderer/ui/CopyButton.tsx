import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { t } from '../app/words'
import { Button } from './Button'
import { copyText } from './copy-text'
import { toast } from './toast'
import { VisuallyHidden } from './VisuallyHidden'

const SAID_MS = 2000

/** Copies a text; says so in its own place. `text` may be asked for at the press: it can be long. */
export function CopyButton({
  text,
  label,
  size = 'm',
  isDisabled = false,
}: {
  text: string | (() => Promise<string>)
  label: string
  size?: 's' | 'm'
  isDisabled?: boolean
}) {
  const [state, setState] = useState<'idle' | 'fetching' | 'copied'>('idle')
  useEffect(() => {
    if (state !== 'copied') return
    const timer = setTimeout(() => setState('idle'), SAID_MS)
    return () => clearTimeout(timer)
  }, [state])
  const copy = async () => {
    let whole = text
    if (typeof whole === 'function') {
      setState('fetching')
      try {
        whole = await whole()
      } catch {
        // Whoever gave it has said why.
        return setState('idle')
      }
    }
    const isCopied = copyText(whole)
    setState(isCopied ? 'copied' : 'idle')
    if (!isCopied) toast({ title: t('ui.notCopied'), description: t('ui.notCopiedWords'), tone: 'bad' })
  }
  return (
    <>
      <Button
        size={size}
        isDisabled={isDisabled}
        isPending={state === 'fetching'}
        icon={
          state === 'copied' ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />
        }
        onPress={() => void copy()}
      >
        {label}
      </Button>
      <VisuallyHidden>
        <span role="status">{state === 'copied' ? t('ui.copied') : ''}</span>
      </VisuallyHidden>
    </>
  )
}
