import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { t } from '../app/words'
import { classNames } from './class-names'
import { IconButton } from './IconButton'
import './Dialog.css'

export interface DialogProps {
  title: ReactNode
  isOpen: boolean
  onClose: () => void
  children: ReactNode
  /** The row of buttons at the foot; stays in sight while the body scrolls. */
  footer?: ReactNode
  size?: 's' | 'm' | 'l' | 'xl'
  /** An answer is needed: no closing by a click outside. Escape always closes. */
  isAnswerNeeded?: boolean
  role?: 'dialog' | 'alertdialog'
  className?: string
}

/** A modal dialog. While it is open it owns the keyboard: commands' keys are off (`data-modal`). */
export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  footer,
  size = 'm',
  isAnswerNeeded = false,
  role = 'dialog',
  className,
}: DialogProps) {
  const overlay = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  useEffect(() => {
    close.current = onClose
  })
  // When what had the focus went away (a form was saved), Escape comes to the page and not to the dialog.
  useEffect(() => {
    if (!isOpen) return
    const onKeyDown = (event: KeyboardEvent) => {
      const top = [...document.querySelectorAll('[data-modal="true"]')].at(-1)
      if (event.key === 'Escape' && event.target === document.body && top === overlay.current) close.current()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [isOpen])
  return (
    <ModalOverlay
      ref={overlay}
      className="ui-veil"
      data-modal="true"
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      isDismissable={!isAnswerNeeded}
    >
      <Modal className={classNames('ui-modal', `ui-modal-${size}`)}>
        <AriaDialog className={classNames('ui-dialog', className)} role={role}>
          <header className="ui-dialog-head">
            <Heading slot="title" level={2} className="ui-dialog-title">
              {title}
            </Heading>
            <IconButton
              label={t('ui.close')}
              keyHint="Escape"
              icon={<X size={16} />}
              size="s"
              onPress={onClose}
            />
          </header>
          <div className="ui-dialog-body">{children}</div>
          {footer ? <footer className="ui-dialog-foot">{footer}</footer> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
