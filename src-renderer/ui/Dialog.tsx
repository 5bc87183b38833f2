import { X } from 'lucide-react'
import type { ReactNode } from 'react'
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
  return (
    <ModalOverlay
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
