import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { allKeys } from './app/all-keys'
import { whenDamaged } from './app/client'
import { listenForKeys } from './app/commands'
import { followEvents, queryClient, workspaceQuery } from './app/queries'
import { noteDamage } from './app/repairs'
import { ProtectionGate } from './protection/ProtectionGate'
import { firstRowsQuery } from './search/use-search'
import './app/theme.css'
import './ui'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no place for the application.')

// For as long as the page lives; nothing undoes them.
followEvents()
whenDamaged(noteDamage)
listenForKeys(allKeys)

// Before the first drawing: by then they are often here.
void queryClient.prefetchQuery(firstRowsQuery)
void queryClient.prefetchQuery(workspaceQuery)

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <ProtectionGate>
        <App />
      </ProtectionGate>
    </QueryClientProvider>
  </StrictMode>,
)
