import { type KeyObject, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { CallId } from '@contract'
import { protocol, type Session } from 'electron'
import { audioResponse, type Wrapped } from '../recordings/ranges'
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

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/**
 * The page's own files, by URL path. Requests are looked up here and never become paths, so that no
 * spelling of ".." can read anything else.
 */
export function readAssets(folder: string): Map<string, { file: string; type: string }> {
  const assets = new Map<string, { file: string; type: string }>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || !type) continue
    const file = join(entry.parentPath, entry.name)
    assets.set(`/${relative(folder, file).split(sep).join('/')}`, { file, type })
  }
  return assets
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
    const url = new URL(request.url)
    if (url.host !== 'earmark' || (request.method !== 'GET' && request.method !== 'HEAD')) return notFound()

    const recording = /^\/recordings\/([a-z2-7]{16})$/.exec(url.pathname)
    if (recording) {
      const callId = CallId.safeParse(recording[1])
      if (!callId.success) return notFound()
      const found = await locateRecording(callId.data)
      if (!found) return notFound()
      const wrapped = found.mime === 'audio/mpeg' ? await wrapRecording(callId.data, found.path) : null
      return audioResponse(
        found.path,
        found.mime,
        request.headers.get('range'),
        request.method,
        wrapped,
        found.filesKey,
      )
    }

    const asset = assets.get(url.pathname === '/' ? '/index.html' : url.pathname)
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
