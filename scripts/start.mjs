#!/usr/bin/env node
/**
 * Opens the application: `npm start`. Sets up and builds first what is missing, which on a second start is nothing.
 * What follows `--` goes to the application: `npm start -- --workspace DIR`, or an earmark:// link.
 *
 * Without a display it runs in Xvfb, and the application keeps a screenshot of its window up to date.
 */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { startServices } from './display.mjs'
import { runToEnd } from './launching.mjs'
import { sayFallback } from './setup/electron-fallback.mjs'
import { ROOT } from './setup/places.mjs'
import { say } from './setup/steps.mjs'
import { requireSandbox } from './setup/system.mjs'
import { ensureReady, launch } from './setup.mjs'

await launch(async () => {
  const runtime = await ensureReady()
  await ensureBuilt()
  if (runtime.kind === 'fallback') sayFallback(runtime)

  const hasSandbox = requireSandbox(runtime)
  const services = await startServices()
  const env = { ...services.env }
  delete env.ELECTRON_RUN_AS_NODE
  if (services.started.length > 0) say(`No desktop here: started ${services.started.join(' and ')}.`)
  const switches = []
  if (services.started.some((service) => service.startsWith('Xvfb'))) {
    env.EARMARK_SCREENSHOT ||= join(ROOT, 'screenshots', 'window.png')
    mkdirSync(dirname(env.EARMARK_SCREENSHOT), { recursive: true })
    // Xvfb has no graphics card; looking for one takes time and ends in warnings.
    switches.push('--disable-gpu')
    say(`The window can be looked at in ${env.EARMARK_SCREENSHOT}, which is kept up to date. Ctrl-C ends it.`)
  }
  if (!hasSandbox) {
    say('Started by root, under whom Chromium has no sandbox: --no-sandbox is added.')
    switches.push('--no-sandbox')
  }
  try {
    return await runToEnd(runtime.executablePath, [...switches, ROOT, ...process.argv.slice(2)], { env })
  } finally {
    await services.stop()
  }
})
