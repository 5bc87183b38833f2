import type { ConnectionId } from '@contract'
import { AudioLines, FolderSync, PhoneCall } from 'lucide-react'
import { useState } from 'react'
import { t } from '../app/words'
import { vendorName } from '../calls/row-facts'
import { ChoiceCards } from '../ui'
import { ConnectionFormView } from './ConnectionForm'
import { FolderFormView } from './FolderForm'

type Kind = 'prosper' | 'malakai' | 'folder'

/** "Connect a vendor": first where the calls come from, then what is needed for that. */
export function NewConnection({ onDone }: { onDone: (id: ConnectionId | null) => void }) {
  const [kind, setKind] = useState<Kind>('prosper')
  return (
    <div className="connection-form">
      <ChoiceCards<Kind>
        label={t('connections.kind.label')}
        choices={[
          {
            id: 'prosper',
            label: vendorName('prosper'),
            words: t('connections.kind.prosper'),
            icon: <PhoneCall size={15} aria-hidden="true" />,
          },
          {
            id: 'malakai',
            label: vendorName('malakai'),
            words: t('connections.kind.malakai'),
            icon: <AudioLines size={15} aria-hidden="true" />,
          },
          {
            id: 'folder',
            label: t('connections.kind.folderTitle'),
            words: t('connections.kind.folder'),
            icon: <FolderSync size={15} aria-hidden="true" />,
          },
        ]}
        value={kind}
        onChange={setKind}
        autoFocus
      />
      {kind === 'folder' ? (
        <FolderFormView connection={null} onDone={onDone} />
      ) : (
        <ConnectionFormView connection={null} vendor={kind} onDone={onDone} />
      )}
    </div>
  )
}
