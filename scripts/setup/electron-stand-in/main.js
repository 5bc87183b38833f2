/**
 * What Electron runs when it is started as `electron [options] <application>`: it takes the application's name and
 * version from its package.json and imports its entry.
 *
 * The official release brings this part along, the stand-in lacks it. The import is awaited at the top level, because
 * Electron holds `ready` back until its first module has been evaluated, and an application may rely on that.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
// biome-ignore lint/style/noRestrictedImports: this is Electron's own start, not a part of the application.
import { app } from 'electron'

const preloads = []
let target = null
const given = process.argv.slice(1)
while (given.length > 0 && target === null) {
  const word = given.shift()
  if (word === '-r' || word === '--require') preloads.push(given.shift())
  else if (word === '--version' || word === '-v') {
    process.stdout.write(`v${process.versions.electron}\n`)
    process.exit(0)
  } else if (!word.startsWith('-')) target = resolve(word)
}

if (target === null) {
  process.stderr.write('Usage: electron [options] <application>\n')
  process.exit(1)
}

Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true })

const packageFile = join(target, 'package.json')
if (existsSync(packageFile)) {
  const { name, productName, version, desktopName } = JSON.parse(readFileSync(packageFile, 'utf8'))
  if (version) app.setVersion(version)
  if (productName ?? name) app.name = productName ?? name
  app.setDesktopName(desktopName ?? `${app.name}.desktop`)
}
const require = createRequire(pathToFileURL(join(target, 'package.json')))
const entry = require.resolve(target)
app.setAppPath(existsSync(packageFile) ? target : dirname(entry))

for (const preload of preloads) require(resolve(preload))
await import(pathToFileURL(entry).href)
