import type { ReactNode } from 'react'
import { create } from 'zustand'
import { t } from '../app/words'
import { Button } from './Button'
import { Dialog } from './Dialog'

interface Question {
  title: string
  body: ReactNode
  confirmLabel: string
  tone?: 'plain' | 'danger'
}

const useQuestion = create<{ question: Question | null; answer: (isYes: boolean) => void }>(() => ({
  question: null,
  answer: () => {},
}))

/** Asks before something that can't be taken back; true when the reviewer said yes. One at a time. */
export function confirm(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    useQuestion.getState().answer(false)
    useQuestion.setState({
      question,
      answer: (isYes) => {
        useQuestion.setState({ question: null, answer: () => {} })
        resolve(isYes)
      },
    })
  })
}

/** Shows the questions of `confirm`; once in the application. */
export function ConfirmHost() {
  const { question, answer } = useQuestion()
  if (!question) return null
  return (
    <Dialog
      title={question.title}
      isOpen
      onClose={() => answer(false)}
      size="s"
      isAnswerNeeded
      role="alertdialog"
      footer={
        <>
          <Button onPress={() => answer(false)} autoFocus>
            {t('ui.cancel')}
          </Button>
          <Button variant={question.tone === 'danger' ? 'danger' : 'primary'} onPress={() => answer(true)}>
            {question.confirmLabel}
          </Button>
        </>
      }
    >
      {question.body}
    </Dialog>
  )
}
