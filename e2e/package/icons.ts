import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { electronRuntime, ROOT } from '../electron-runtime'

/**
 * Draws resources/icons/icon.svg in every size that a system asks for, with Electron, and writes the PNGs beside it. To be run
 * again when the drawing has changed: `node scripts/run-ts.mjs --window e2e/package/icons.ts`.
 */
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const FOLDER = join(ROOT, 'resources', 'icons')

/** An application of one hidden page: a picture on a canvas, size by size. */
const PROGRAM = `
const { app, BrowserWindow } = require('electron')
const { readFileSync, writeFileSync } = require('node:fs')
const [svg, folder, sizes] = JSON.parse(readFileSync(__dirname + '/task.json', 'utf8'))
app.whenReady().then(async () => {
  const window = new BrowserWindow({ show: false })
  await window.loadURL('data:text/html,')
  for (const size of sizes) {
    const url = await window.webContents.executeJavaScript(\`(async () => {
      const picture = new Image(\${size}, \${size})
      picture.src = \${JSON.stringify('data:image/svg+xml;base64,' + Buffer.from(svg).toString('base64'))}
      await picture.decode()
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = \${size}
      canvas.getContext('2d').drawImage(picture, 0, 0, \${size}, \${size})
      return canvas.toDataURL('image/png')
    })()\`)
    writeFileSync(folder + '/' + size + 'x' + size + '.png', Buffer.from(url.split(',')[1], 'base64'))
  }
  app.exit(0)
})
`

const folder = mkdtempSync(join(tmpdir(), 'earmark-icons-'))
try {
  const task = [readFileSync(join(FOLDER, 'icon.svg'), 'utf8'), FOLDER, SIZES]
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task))
  writeFileSync(join(folder, 'main.cjs'), PROGRAM)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'icons', main: 'main.cjs' }))
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const { status, stderr } = spawnSync(
    electronRuntime().executablePath,
    [...asRoot, '--disable-gpu', '--force-color-profile=srgb', `--user-data-dir=${folder}/profile`, folder],
    { encoding: 'utf8', timeout: 60_000 },
  )
  if (status !== 0) throw new Error(`Electron ended with ${status}: ${stderr.slice(-2000)}`)
  console.log(`${SIZES.map((size) => `${size}x${size}.png`).join(', ')} in ${FOLDER}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
