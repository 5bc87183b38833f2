import { type KeyObject, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { protocol, type Session } from 'electron'
import { audioResponse, type Wrapped } from '../recordings/ranges'
import { resolveAddress } from './app-address'
import { readAssets } from './assets'
import { contentSecurityPolicy } from './content-security-policy'

export const ORIGIN = 'app://earmark'

/** Must run before Electron is ready. `stream` lets media elements seek; `codeCache` keeps the page's compiled code. */
export function registerSchemes(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ])
}

const notFound = () => new Response('Not found', { status: 404, headers: { 'content-type': 'text/plain' } })

/** Serves the interface and the recordings (by call id, with ranges) under `app://earmark/`. */
export function serveApp(
  session: Session,
  rendererFolder: string,
  locateRecording: (
    callId: string,
  ) => Promise<{ path: string; mime: string; filesKey: KeyObject | null } | null>,
  wrapRecording: (callId: string, path: string) => Promise<Wrapped | null>,
): void {
  const assets = readAssets(rendererFolder)
  const common = { 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin' }

  session.protocol.handle('app', async (request) => {
    const address = resolveAddress(request.url, 'earmark')
    if (!address || (request.method !== 'GET' && request.method !== 'HEAD')) return notFound()

    if (address.kind === 'recording') {
      const found = await locateRecording(address.callId)
      if (!found) return notFound()
      const wrapped = found.mime === 'audio/mpeg' ? await wrapRecording(address.callId, found.path) : null
      return audioResponse(
        found.path,
        found.mime,
        request.headers.get('range'),
        request.method,
        wrapped,
        found.filesKey,
      )
    }

    const asset = assets.get(address.key)
    if (!asset) return notFound()
    const bytes = readFileSync(asset.file)
    if (!asset.type.startsWith('text/html'))
      return new Response(new Uint8Array(bytes), { headers: { ...common, 'content-type': asset.type } })
    const nonce = randomBytes(16).toString('base64')
    return new Response(bytes.toString('utf8').replaceAll('__CSP_NONCE__', nonce), {
      headers: {
        ...common,
        'content-type': asset.type,
        'content-security-policy': contentSecurityPolicy(nonce),
      },
    })
  })
}
