import { app, type IpcMainInvokeEvent, type Session } from 'electron'
import { ORIGIN } from './protocol'

/** Whether a message comes from our own page, in the top frame of a window. */
export function isTrustedSender(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame
  return frame !== null && frame.parent === null && frame.url.startsWith(`${ORIGIN}/`)
}

/** What no page of this application may do, whatever it loads: navigate, open windows, embed, ask for devices. */
export function lockDownContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    // No policy of content reaches WebRTC: without UDP and a proxy it has nothing to send by.
    contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
  })
}

/** No permissions, no downloads, and no request but to the application itself. */
export function lockDownSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  // Not even the main process reads files through a page's session.
  session.protocol.handle('file', () => new Response('Not found', { status: 404 }))
  session.on('will-download', (event) => event.preventDefault())
  session.webRequest.onBeforeRequest((details, decide) => {
    const allowed = /^(app|devtools|blob):/.test(details.url)
    decide({ cancel: !allowed })
  })
}
