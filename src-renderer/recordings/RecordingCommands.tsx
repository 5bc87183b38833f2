import type { CallDetail } from '@contract'
import { openDialog } from '../app/dialogs'
import { useOpenCall } from '../app/open-call'
import { queryClient } from '../app/queries'
import { useCommands } from '../app/use-commands'
import { downloadWaiting, keepFound, letGoFound, toggleKept } from './actions'
import { keys } from './keys'

/** The open call as it was last read; null where none is open, or it has no recording. */
function openRecording(): CallDetail | null {
  const { callId } = useOpenCall.getState()
  const call = callId ? queryClient.getQueryData<CallDetail>(['calls', 'get', callId]) : undefined
  return call && call.recording.state !== 'none' ? call : null
}

/** Makes the commands on recordings work. */
export function RecordingCommands({ hasCalls }: { hasCalls: boolean }) {
  useCommands(keys, {
    'recordings.keep': {
      isEnabled: () => openRecording() !== null,
      perform: () => {
        const call = openRecording()
        return call ? toggleKept(call) : undefined
      },
    },
    'recordings.keepFound': { isEnabled: () => hasCalls, perform: keepFound },
    'recordings.letGoFound': { isEnabled: () => hasCalls, perform: letGoFound },
    'recordings.download': { isEnabled: () => hasCalls, perform: downloadWaiting },
    'recordings.settings': () => openDialog({ kind: 'settings', section: 'recordings' }),
  })
  return null
}
