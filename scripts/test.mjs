#!/usr/bin/env node
/**
 * Runs the tests: `npm test` all of them, `npm run check` and `npm run e2e` a part. Sets up first what is missing.
 * A failing stage does not keep the next ones from running. The last line is
 * `N passed, N failed, N skipped`, summed from the runners' reports; types, lint and build count as one test each.
 *
 *     node scripts/test.mjs [STAGE]... [-- arguments for the last stage's runner]
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { startServices } from './display.mjs'
import { runToEnd } from './launching.mjs'
import { sayFallback } from './setup/electron-fallback.mjs'
import { NODE, NODE_MODULES, readJson, STATE, toolEnv } from './setup/places.mjs'
import { SetupProblem, say, seconds } from './setup/steps.mjs'
import { requireSandbox } from './setup/system.mjs'
import { ensureReady, launch } from './setup.mjs'
import { closingLine, tallyPlaywright, tallyVitest } from './tally.mjs'

const REPORTS = join(STATE, 'reports')
const PASSED = { passed: 1, failed: 0, skipped: 0, notes: [] }
const FAILED = { passed: 0, failed: 1, skipped: 0, notes: [] }

const stages = {
  types: () => checkWith('typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']),
  lint: () => checkWith('@biomejs/biome/bin/biome', ['check']),
  unit: (args) =>
    runner('unit', tallyVitest, (report) => [
      'vitest/vitest.mjs',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    ]),
  build: async () => {
    await ensureBuilt({ force: true })
    return PASSED
  },
  e2e: async (args) => {
    await ensureBuilt()
    requireSandbox(await ensureReady())
    return runner('e2e', tallyPlaywright, (report) => [
      '@playwright/test/cli.js',
      ['test', '--reporter=list,json', ...args],
      { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    ])
  },
}

let services = null

/** The tests' own display and keychain: no window on somebody's desk, nobody's secrets touched. */
async function servicesEnv() {
  if (services === null) {
    services = await startServices({ display: 'own', keyring: 'own' })
    if (services.started.length > 0) say(`Started ${services.started.join(' and ')}.`)
  }
  return services.env
}

async function checkWith(script, args) {
  const code = await runToEnd(NODE, [join(NODE_MODULES, script), ...args], { env: toolEnv() })
  return { ...(code === 0 ? PASSED : FAILED), code }
}

async function runner(name, tally, commandFor) {
  const report = join(REPORTS, `${name}.json`)
  mkdirSync(REPORTS, { recursive: true })
  rmSync(report, { force: true })
  const [script, args, extra = {}] = commandFor(report)
  const env = toolEnv(extra, await servicesEnv())
  const code = await runToEnd(NODE, [join(NODE_MODULES, script), ...args], { env })
  return { ...tally(readJson(report), code), code }
}

async function runStage(name, args) {
  const startedAt = Date.now()
  say(`\n== ${name} ==`)
  let tally
  try {
    tally = await stages[name](args)
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error
    say(error.message)
    tally = FAILED
  }
  return { name, ...tally, took: seconds(startedAt) }
}

await launch(async () => {
  const given = process.argv.slice(2)
  const end = given.includes('--') ? given.indexOf('--') : given.length
  const [wanted, rest] = [given.slice(0, end), given.slice(end + 1)]
  const unknown = wanted.filter((name) => !(name in stages))
  if (unknown.length > 0) {
    throw new SetupProblem(`Unknown: ${unknown.join(' ')}. Known: ${Object.keys(stages).join(' ')}`)
  }
  const names = wanted.length > 0 ? wanted : Object.keys(stages)
  const results = []
  try {
    // Types, lint and unit tests run without Electron, on machines, too, that have no libraries for it.
    const runtime = await ensureReady({ window: names.includes('e2e') })
    if (names.includes('e2e') && runtime?.kind === 'fallback') sayFallback(runtime)
    for (const name of names) {
      if (name === 'e2e' && results.some((result) => result.name === 'build' && result.failed > 0)) {
        results.push({ name, ...FAILED, notes: ['not run, because the build failed'], took: '0.0 s' })
        continue
      }
      const result = await runStage(name, name === names.at(-1) ? rest : [])
      results.push(result)
      if (result.code > 128) break
    }
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error
    say(error.message)
    results.push({ name: 'set-up', ...FAILED, took: '' })
  } finally {
    await services?.stop()
  }
  report(results)
  return results.every((result) => result.failed === 0) ? 0 : 1
})

function report(results) {
  say('\n== outcome == (types, lint and build count as one test each)')
  for (const { name, took, notes, ...tally } of results) {
    say(`${name.padEnd(8)} ${closingLine([tally])} (${took})`)
    for (const note of notes) say(`         ${note}`)
  }
  say(closingLine(results))
}
