import { EarmarkError } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { MousePointerClick } from 'lucide-react'
import { useEffect } from 'react'
import { keyOf } from './app/all-keys'
import { MiddleColumn, setPanelOpen } from './app/Columns'
import { client, onEvent } from './app/client'
import { perform } from './app/commands'
import { connectVendor, openDialog, showConnections, showQuarantine, useDialog } from './app/dialogs'
import { Footer } from './app/Footer'
import { Header } from './app/Header'
import { HelpDialog } from './app/HelpDialog'
import { importFiles } from './app/imports'
import { keys } from './app/keys'
import { ListColumn } from './app/ListColumn'
import { useOpenCall } from './app/open-call'
import { Palette } from './app/Palette'
import { connectionsQuery, workspaceQuery } from './app/queries'
import { noteDamage, showTrouble, useTrouble } from './app/repairs'
import { SettingsDialog } from './app/SettingsDialog'
import { useTheme } from './app/settings'
import { Trouble } from './app/Trouble'
import { canUndo, undoLast } from './app/undo'
import { useCommands } from './app/use-commands'
import { Welcome } from './app/Welcome'
import { t } from './app/words'
import { BackupDialog } from './backup/BackupDialog'
import { CallList } from './calls/CallList'
import { CallView } from './calls/CallView'
import { openFirstHit } from './calls/list-focus'
import { ConnectionsDialog } from './connections/ConnectionsDialog'
import { QuarantineDialog } from './connections/QuarantineDialog'
import { ExportDialog } from './exports/ExportDialog'
import { LinkCommands } from './links/LinkCommands'
import { ProtectDialog } from './protection/ProtectDialog'
import { RecordingCommands } from './recordings/RecordingCommands'
import { LeftCallsDialog } from './retention/LeftCallsDialog'
import { PurgeDialog } from './retention/PurgeDialog'
import { SavedSearchesDialog } from './search/SavedSearchesDialog'
import { SaveSearchDialog } from './search/SaveSearchDialog'
import { SimilarDialog } from './search/SimilarDialog'
import { firstRowsQuery } from './search/use-search'
import { keys as supportKeys } from './support/keys'
import { ReportDialog } from './support/ReportDialog'
import { syncAll } from './sync/actions'
import { Banner, Button, ConfirmHost, EmptyState, ErrorState, ToastRegion, toastFailure } from './ui'
import './App.css'

/** The one screen: find (left), listen and read (middle), judge (right). */
export function App() {
  const workspace = useQuery(workspaceQuery)
  // Counting all calls takes longer than reading the first: the list does not wait for it.
  const first = useQuery({ ...firstRowsQuery, enabled: workspace.data === undefined }).data
  const connections = useQuery(connectionsQuery).data ?? []
  const callId = useOpenCall((state) => state.callId)
  const trouble = useTrouble()
  const isInTrouble = trouble.isOpen || isOfWorkspace(workspace.error)
  const isUsable = () => !isInTrouble
  useTheme()
  // Menu items name a command; it is performed as if its key had been pressed.
  useEffect(() => onEvent((event) => event.type === 'command' && perform(event.id)), [])
  useEffect(() => onEvent((event) => event.type === 'workspace.damaged' && noteDamage(event.message)), [])
  useCommands(keys, {
    'workspace.palette': () => openDialog({ kind: 'palette' }),
    'workspace.help': () => openDialog({ kind: 'help' }),
    'workspace.settings': () => openDialog({ kind: 'settings' }),
    'workspace.connections': () => showConnections(),
    'workspace.connect': { perform: connectVendor, isEnabled: isUsable },
    'workspace.quarantine': () => showQuarantine(),
    'workspace.reindex': {
      perform: () => void client.search.rebuild({}).catch(toastFailure),
      isEnabled: isUsable,
    },
    'workspace.sync': { perform: () => syncAll(connections), isEnabled: isUsable },
    'workspace.import': { perform: importFiles, isEnabled: isUsable },
    'workspace.export': {
      perform: () => openDialog({ kind: 'export' }),
      isEnabled: () => (workspace.data?.callCount ?? 0) > 0,
    },
    'workspace.backup': () => openDialog({ kind: 'backup' }),
    'workspace.undo': { perform: undoLast, isEnabled: canUndo },
    'workspace.panel': { perform: () => setPanelOpen(), isEnabled: () => callId !== null },
    'workspace.reveal': () => void client.workspace.reveal({}).catch(toastFailure),
    'workspace.updates': () => void client.updates.check({}).catch(toastFailure),
  })

  useCommands(supportKeys, { 'support.report': () => openDialog({ kind: 'report' }) })

  const info = workspace.data
  const hasCalls = (info?.callCount ?? first?.total ?? 0) > 0
  return (
    <>
      <div className="app">
        <div className="app-banners">
          {info?.runtime === 'fallback' ? (
            <section aria-label={t('app.fallback.region')}>
              <Banner
                tone="warning"
                isFlush
                title={t('app.fallback.title', { version: info.electronVersion })}
              >
                {t('app.fallback.words')}
              </Banner>
            </section>
          ) : null}
          {trouble.found !== null && !trouble.isOpen && !workspace.isError ? (
            <section aria-label={t('trouble.found')}>
              <Banner
                tone="bad"
                isFlush
                isUrgent
                title={t('trouble.found')}
                action={
                  <Button size="s" onPress={showTrouble}>
                    {t('trouble.open')}
                  </Button>
                }
              >
                {t('trouble.foundWords')}
              </Banner>
            </section>
          ) : null}
        </div>
        <Header hasCalls={hasCalls} isInTrouble={isInTrouble} />
        {isInTrouble ? (
          <Trouble error={workspace.error} />
        ) : workspace.isError ? (
          <main className="app-whole">
            <ErrorState error={workspace.error} onRetry={() => void workspace.refetch()} />
          </main>
        ) : info && !hasCalls ? (
          <Welcome />
        ) : (
          <>
            <ListColumn>{hasCalls ? <CallList /> : null}</ListColumn>
            {callId ? (
              <CallView callId={callId} />
            ) : (
              <MiddleColumn>{hasCalls ? <NoCall /> : null}</MiddleColumn>
            )}
          </>
        )}
        <Footer />
      </div>
      <RecordingCommands hasCalls={hasCalls} />
      <LinkCommands />
      <Dialogs />
      <ConfirmHost />
      <ToastRegion />
    </>
  )
}

/** Whether it is the workspace's files that keep it from being used. */
const isOfWorkspace = (error: unknown): boolean =>
  error instanceof EarmarkError &&
  ['database_damaged', 'database_too_new', 'workspace_unusable', 'disk_full'].includes(error.code)

function NoCall() {
  const next = keyOf('calls.next')
  return (
    <EmptyState
      icon={<MousePointerClick size={20} aria-hidden="true" />}
      title={t('calls.none.title')}
      actions={
        <Button onPress={openFirstHit} keyHint={next}>
          {t('calls.none.first')}
        </Button>
      }
    >
      {t('calls.none.words')}
    </EmptyState>
  )
}

function Dialogs() {
  const { dialog } = useDialog()
  switch (dialog.kind) {
    case 'none':
      return null
    case 'palette':
      return <Palette />
    case 'help':
      return <HelpDialog />
    case 'settings':
      return (
        <SettingsDialog
          key={`${dialog.section} ${dialog.host}`}
          section={dialog.section}
          host={dialog.host}
        />
      )
    case 'purge':
      return <PurgeDialog days={dialog.days} asRule={dialog.asRule} />
    case 'leftCalls':
      return <LeftCallsDialog />
    case 'export':
      return <ExportDialog />
    case 'protect':
      return <ProtectDialog />
    case 'report':
      return <ReportDialog />
    case 'backup':
      return <BackupDialog />
    case 'saveSearch':
      return <SaveSearchDialog />
    case 'savedSearches':
      return <SavedSearchesDialog />
    case 'similar':
      return <SimilarDialog callId={dialog.callId} />
    case 'quarantine':
      return <QuarantineDialog connectionId={dialog.connectionId} />
    case 'connections':
      return (
        <ConnectionsDialog
          key={`${dialog.connectionId} ${dialog.isNew}`}
          connectionId={dialog.connectionId}
          isNew={dialog.isNew}
        />
      )
  }
}
