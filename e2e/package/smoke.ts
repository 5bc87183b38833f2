import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readFuses } from '../../scripts/package/fuses.mjs'
import { ROOT } from '../electron-runtime'
import { connectDevTools } from './devtools'
import { openSampleIn, searchIn } from './look-around'
import { devToolsPort } from './running'

/**
 * Runs a packaged application with the fuses that it is given out with, which no debugger gets into, over the DevTools protocol:
 * opens the window and the sample, types a search, reads the list.
 *
 *     npm run package:smoke -- [EXECUTABLE]      dist/linux-unpacked/earmark where none is named
 */
const executable = resolve(process.argv[2] ?? join(ROOT, 'dist', 'linux-unpacked', 'earmark'))
if (!existsSync(executable)) throw new Error(`There is no ${executable}: run "npm run package" first.`)
for (const { name, wanted, state } of await readFuses(executable)) {
  if (state !== null && state !== wanted) throw new Error(`The fuse ${name} is not as in what is given out.`)
}
const folder = mkdtempSync(join(tmpdir(), 'earmark-smoke-'))
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const child = spawn(
  executable,
  [...asRoot, '--remote-debugging-port=0', '--workspace', join(folder, 'workspace')],
  {
    env: { ...process.env, XDG_DATA_HOME: join(folder, 'data') },
    stdio: ['ignore', 'ignore', 'pipe'],
  },
)
const ended = new Promise((done) => child.once('exit', done))
try {
  const tools = await connectDevTools(await devToolsPort(child))
  console.log(`the sample opened: ${await openSampleIn(tools)} rows`)
  for (const query of ['refund', 'speaker:caller yes', 'has:recording -refund', 'nobodysaidthis']) {
    const { said, rows } = await searchIn(tools, query)
    console.log(`${query.padEnd(24)} ${said.padEnd(10)} ${rows} rows on the screen`)
  }
  mkdirSync(join(ROOT, 'screenshots', 'package'), { recursive: true })
  writeFileSync(join(ROOT, 'screenshots', 'package', 'smoke.png'), await tools.screenshot())
  await tools.send('Browser.close').catch(() => undefined)
  tools.close()
} finally {
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(late)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
console.log('All of it was there.')
