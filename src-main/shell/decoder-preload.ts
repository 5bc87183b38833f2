import { ipcRenderer } from 'electron'

/** All that the decoding page gets from outside: its end of the line, once. */
ipcRenderer.once('earmark:line', (event) => {
  window.postMessage('line', window.location.origin, [...event.ports])
})
