/** What every page of ours is shut in by, whatever it shows (Electron's security checklist, items 2 to 8). */
export const SANDBOXED = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  spellcheck: false,
} as const
