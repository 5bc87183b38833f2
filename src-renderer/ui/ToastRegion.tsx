import { CircleAlert, CircleCheck, X } from 'lucide-react'
import {
  UNSTABLE_ToastRegion as AriaToastRegion,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
} from 'react-aria-components'
import { t } from '../app/words'
import { Button } from './Button'
import { IconButton } from './IconButton'
import { toastQueue } from './toast'
import './ToastRegion.css'

/** Shows the toasts; once in the application. */
export function ToastRegion() {
  return (
    <AriaToastRegion queue={toastQueue} className="ui-toasts" aria-label={t('ui.notifications')}>
      {({ toast }) => {
        const { title, description, tone, action } = toast.content
        const close = () => toastQueue.close(toast.key)
        return (
          <Toast toast={toast} className="ui-toast">
            {tone === 'bad' ? <CircleAlert size={16} className="ui-toast-bad" aria-hidden="true" /> : null}
            {tone === 'good' ? <CircleCheck size={16} className="ui-toast-good" aria-hidden="true" /> : null}
            <ToastContent className="ui-toast-words">
              <Text slot="title" className="ui-toast-title">
                {title}
              </Text>
              {description ? (
                <Text slot="description" className="ui-toast-text">
                  {description}
                </Text>
              ) : null}
            </ToastContent>
            {action ? (
              <Button
                size="s"
                variant="ghost"
                className="ui-toast-action"
                onPress={() => {
                  action.perform()
                  close()
                }}
              >
                {action.label}
              </Button>
            ) : null}
            <IconButton label={t('ui.close')} icon={<X size={14} />} size="s" onPress={close} />
          </Toast>
        )
      }}
    </AriaToastRegion>
  )
}
