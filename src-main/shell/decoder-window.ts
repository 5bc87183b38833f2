import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { SoundRequest } from '@contract/sound-decoder'
import { BrowserWindow, MessageChannelMain, type MessagePortMain, session } from 'electron'
import { resolveAddress } from './app-address'
import { readAssets } from './assets'
import { SANDBOXED } from './sandbox'
import { lockDownSession } from './security'

/** A host of its own: the router trusts the window's alone. */
const PAGE = 'app://decoder/decoder.html'
/** How long it stays after its last stream: a list of calls is often gone through one by one. */
const IDLE_MS = 20_000
/** Its own scripts and nothing else: no connection, no picture, no style, no frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export interface DecoderWindow {
  /** Serves the audio worker's end of a line. */
  connect: (line: MessagePort) => void
  /** Closes the page at once; it is made again when somebody asks. */
  close: () => void
}

interface OpenPage {
  readonly window: BrowserWindow
  readonly port: MessagePortMain
}

/**
 * A hidden, sandboxed page with Chromium's decoders, for codings that have no other (AAC). It is made when it is first
 * asked and closed when it is idle. Sound passes through here in pieces of at most some hundred kilobytes; nothing looks
 * into them. `onCrash`: the page went away by itself.
 */
export function createDecoderWindow(
  rendererFolder: string,
  onCrash: (reason: string) => void,
): DecoderWindow {
  let page: Promise<OpenPage> | null = null
  let idle: NodeJS.Timeout | undefined
  let answerTo: MessagePort | null = null
  /** Requests without an answer, oldest first. */
  const asked: number[] = []

  const answer = (message: unknown) => {
    asked.shift()
    answerTo?.postMessage(message)
  }
  const close = () => {
    clearTimeout(idle)
    const closing = page
    page = null
    for (const id of [...asked]) answer({ id, type: 'failed', reason: 'ended' })
    void closing?.then(
      ({ window, port }) => {
        port.close()
        if (!window.isDestroyed()) window.destroy()
      },
      () => undefined,
    )
  }
  const open = (): Promise<OpenPage> => {
    page ??= openPage(rendererFolder, answer, (reason) => {
      onCrash(reason)
      close()
    })
    return page
  }
  return {
    connect: (line) => {
      answerTo = line
      line.on('message', async (message: unknown) => {
        clearTimeout(idle)
        const request = SoundRequest.safeParse(message)
        if (!request.success) return
        const { id, type } = request.data
        asked.push(id)
        try {
          if (type === 'close' && page === null) answer({ id, type: 'closed' })
          else (await open()).port.postMessage(request.data)
        } catch (error) {
          onCrash(String(error))
          close()
        }
        if (type === 'close') idle = setTimeout(close, IDLE_MS)
      })
      line.on('close', close)
      line.unref()
    },
    close,
  }
}

async function openPage(
  rendererFolder: string,
  onAnswer: (message: unknown) => void,
  onGone: (reason: string) => void,
): Promise<OpenPage> {
  const own = session.fromPartition('decoder')
  servePage(own, rendererFolder)
  const window = new BrowserWindow({
    show: false,
    skipTaskbar: true,
    webPreferences: {
      session: own,
      preload: join(import.meta.dirname, '../preload/decoder-preload.cjs'),
      ...SANDBOXED,
      // Hidden windows are slowed down otherwise.
      backgroundThrottling: false,
    },
  })
  try {
    window.webContents.on('render-process-gone', (_event, { reason }) => onGone(reason))
    await window.loadURL(PAGE)
    const { port1, port2 } = new MessageChannelMain()
    port1.on('message', ({ data }) => onAnswer(data))
    port1.start()
    window.webContents.postMessage('earmark:line', null, [port2])
    return { window, port: port1 }
  } catch (error) {
    window.destroy()
    throw error
  }
}

const served = new WeakSet<Electron.Session>()

function servePage(own: Electron.Session, rendererFolder: string): void {
  if (served.has(own)) return
  served.add(own)
  lockDownSession(own)
  const assets = readAssets(rendererFolder)
  own.protocol.handle('app', (request) => {
    const address = request.method === 'GET' ? resolveAddress(request.url, 'decoder') : null
    const asset = address?.kind === 'asset' ? assets.get(address.key) : undefined
    if (!asset) return new Response('Not found', { status: 404 })
    return new Response(new Uint8Array(readFileSync(asset.file)), {
      headers: {
        'content-type': asset.type,
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
      },
    })
  })
}
