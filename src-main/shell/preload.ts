import { contextBridge, ipcRenderer } from 'electron'

/** All that the page gets: it knows no feature and never changes. */
contextBridge.exposeInMainWorld('earmark', {
  invoke: (feature: unknown, call: unknown, input: unknown) =>
    ipcRenderer.invoke('earmark:invoke', feature, call, input),
  subscribe: (listener: (event: unknown) => void) => {
    const forward = (_: unknown, event: unknown) => listener(event)
    ipcRenderer.on('earmark:event', forward)
    return () => {
      ipcRenderer.off('earmark:event', forward)
    }
  },
})
