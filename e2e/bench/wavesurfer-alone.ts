import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { electronExecutable, ROOT } from '../electron-runtime'

/** An application of one window that draws a recording in wavesurfer as it comes: it fetches and decodes all of it. */
const MAIN = `
const { app, BrowserWindow } = require('electron')
app.whenReady().then(async () => {
  const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true, backgroundThrottling: false } })
  // An hour's samples may be more than a page can hold.
  window.webContents.on('render-process-gone', (_, { reason }) => {
    console.error('the page ended: ' + reason)
    app.exit(1)
  })
  await window.loadURL(process.env.PAGE)
  const ms = await window.webContents.executeJavaScript(\`(async () => {
    const { default: WaveSurfer } = await import('/wavesurfer.js')
    const startMs = performance.now()
    const wave = WaveSurfer.create({ container: '#wave', url: '/sound' })
    await new Promise((done, fail) => {
      wave.on('ready', done)
      wave.on('error', fail)
      setTimeout(() => fail(new Error('no waveform within two minutes')), 120_000)
    })
    return performance.now() - startMs
  })()\`)
  const pid = window.webContents.getOSProcessId()
  const { peakWorkingSetSize, workingSetSize } = app.getAppMetrics().find((one) => one.pid === pid).memory
  console.log(JSON.stringify({ pid, ms, kb: peakWorkingSetSize || workingSetSize }))
  app.quit()
}).catch((error) => { console.error(error); app.exit(1) })
`

/**
 * How long wavesurfer takes for the waveform of an MP3 without stored peaks, and the most memory that its page had (on Linux from
 * /proc, as for Earmark's own page). Raises when its page ends before, or no waveform comes.
 */
export async function wavesurferAlone(mp3: Buffer): Promise<{ ms: number; mb: number | null }> {
  const script = readFileSync(join(ROOT, 'node_modules/wavesurfer.js/dist/wavesurfer.esm.js'))
  const files = new Map<string, [string, Buffer]>([
    ['/', ['text/html', Buffer.from('<div id="wave"></div>')]],
    ['/wavesurfer.js', ['text/javascript', script]],
    ['/sound', ['audio/mpeg', mp3]],
  ])
  const server = createServer((request, response) => {
    const [type, bytes] = files.get(request.url ?? '') ?? ['text/plain', Buffer.from('')]
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes)
  })
  const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-wavesurfer-'))
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    writeFileSync(join(folder, 'package.json'), '{"main":"main.cjs"}')
    writeFileSync(join(folder, 'main.cjs'), MAIN)
    const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const electron = spawn(electronExecutable(), [...asRoot, folder], {
      env: { ...process.env, PAGE: page },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    let complained = ''
    electron.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    electron.stderr.setEncoding('utf8').on('data', (text: string) => {
      complained += text
    })
    const [code] = await once(electron, 'close')
    if (code !== 0)
      throw new Error(
        `failed (${/the page ended: .+|no waveform .+/.exec(complained)?.[0] ?? complained.slice(-500)})`,
      )
    const { ms, kb } = JSON.parse(said.slice(said.indexOf('{')))
    return { ms, mb: kb ? Math.round(kb / 1024) : null }
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
