#!/usr/bin/env node
/**
 * Makes and signs the list that an Earmark asks for when somebody checks for updates: `npm run package:feed -- --key FILE`.
 *
 * - `--new-key FILE` makes a key once: the private part into FILE, the public part is printed. Packages made with it in
 *   EARMARK_UPDATE_KEY take updates which the private part signs, and no others.
 * - `--key FILE` signs: for each system that dist/ has packages of, `latest-<system>-<processor>.json` and `….json.sig`. The
 *   folder is then put on a web server as it is.
 * - `--folder DIR` is where the packages are (dist/).
 *
 * What is read there: src-main/shell/update-feed.ts.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ROOT, readJson } from '../setup/places.mjs'
import { SetupProblem, say } from '../setup/steps.mjs'
import { launch } from '../setup.mjs'

/** How packages are named, and for which system's updater: electron-builder's names, and the deb's. */
const KINDS = [
  [/_(amd64|arm64)\.deb$/, 'linux', { amd64: 'x64', arm64: 'arm64' }],
  [/-linux-(x64|arm64|x86_64|aarch64)\.(?:rpm|AppImage)$/, 'linux', { x86_64: 'x64', aarch64: 'arm64' }],
  [/-mac-(x64|arm64)\.zip$/, 'mac', {}],
  [/-win-(x64|arm64)\.exe$/, 'win', {}],
]

/**
 * What system and processor a package is for, by its name; null for what is no package that an updater takes.
 * @returns {string|null} `linux-x64`
 */
export function targetOf(name) {
  for (const [pattern, system, names] of KINDS) {
    const found = pattern.exec(name)
    if (found) return `${system}-${names[found[1]] ?? found[1]}`
  }
  return null
}

/** The list's bytes: the same for the same files. */
export const listOf = (version, files, madeAt) =>
  Buffer.from(
    `${JSON.stringify({ version, files, releaseDate: new Date(madeAt * 1000).toISOString() }, null, 2)}\n`,
  )

/** The public part of a key as packages hold it: base64 of its DER. */
export const publicPart = (privateKey) =>
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64')

async function makeFeed(folder, keyFile) {
  const key = createPrivateKey(readFileSync(keyFile))
  if (key.asymmetricKeyType !== 'ed25519') throw new SetupProblem(`${keyFile} is no Ed25519 key.`)
  const { version } = readJson(join(ROOT, 'package.json'))
  const byTarget = new Map()
  for (const name of readdirSync(folder).sort()) {
    const target = targetOf(name)
    if (target === null || !name.includes(version)) continue
    const path = join(folder, name)
    const file = { url: name, sha512: await sha512(path), size: statSync(path).size }
    byTarget.set(target, [...(byTarget.get(target) ?? []), file])
  }
  if (byTarget.size === 0)
    throw new SetupProblem(`${folder} has no packages of ${version}: run "npm run package" first.`)
  const madeAt = Number(process.env.SOURCE_DATE_EPOCH) || Math.floor(Date.now() / 1000)
  for (const [target, files] of byTarget) {
    const list = listOf(version, files, madeAt)
    writeFileSync(join(folder, `latest-${target}.json`), list)
    writeFileSync(join(folder, `latest-${target}.json.sig`), `${sign(null, list, key).toString('base64')}\n`)
    say(`latest-${target}.json: ${version}, ${files.map(({ url }) => url).join(', ')}`)
  }
  say(`Signed; packages with EARMARK_UPDATE_KEY=${publicPart(key)} take it.`)
}

function sha512(path) {
  return new Promise((done, fail) => {
    const hash = createHash('sha512')
    createReadStream(path)
      .on('data', (chunk) => hash.update(chunk))
      .on('error', fail)
      .on('end', () => done(hash.digest('base64')))
  })
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await launch(async () => {
    const { values } = parseArgs({
      options: {
        key: { type: 'string' },
        'new-key': { type: 'string' },
        folder: { type: 'string', default: join(ROOT, 'dist') },
      },
    })
    if (values['new-key']) {
      const { privateKey } = generateKeyPairSync('ed25519')
      const text = privateKey.export({ format: 'pem', type: 'pkcs8' })
      // Never over one that is there, which may be the only one.
      writeFileSync(values['new-key'], text, { mode: 0o600, flag: 'wx' })
      say(`The private key is in ${values['new-key']}: keep it where nobody else reads it.`)
      say(`EARMARK_UPDATE_KEY=${publicPart(privateKey)}`)
    } else if (values.key) await makeFeed(resolve(values.folder), values.key)
    else throw new SetupProblem('Usage: npm run package:feed -- --new-key FILE | --key FILE [--folder DIR]')
  })
}
