/**
 * The licences of everything that ships, in one text file, and what is inside of other packages' binaries.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Compiled into a package that we ship, and named by no lockfile. `version`: read from the package, or null. */
const INSIDE = [
  {
    within: 'better-sqlite3-multiple-ciphers',
    name: 'SQLite',
    licence: 'blessing',
    holder: 'in the public domain',
    version: (folder) =>
      /#define SQLITE_VERSION\s+"([\d.]+)"/.exec(
        readFileSync(join(folder, 'deps', 'sqlite3', 'sqlite3.h'), 'utf8'),
      )?.[1] ?? null,
  },
  {
    within: 'mpg123-decoder',
    name: 'mpg123',
    licence: 'LGPL-2.1-only',
    holder: 'Michael Hipp and others',
    source: 'https://github.com/eshaz/wasm-audio-decoders, which compiles that of https://www.mpg123.de',
  },
  {
    within: 'better-sqlite3-multiple-ciphers',
    name: 'SQLite3 Multiple Ciphers',
    licence: 'MIT',
    holder: 'Ulrich Telle',
    version: (folder) =>
      /#define SQLITE3MC_VERSION_STRING\s+"SQLite3 Multiple Ciphers ([\d.]+)"/.exec(
        readFileSync(join(folder, 'deps', 'sqlite3', 'sqlite3.h'), 'utf8'),
      )?.[1] ?? null,
  },
  {
    within: 'opus-decoder',
    name: 'libopus',
    licence: 'BSD-3-Clause',
    holder:
      'Xiph.Org, Skype Limited, Octasic, Jean-Marc Valin, Timothy B. Terriberry, CSIRO, Gregory Maxwell, Mark Borgerding, Erik de Castro Lopo',
  },
  {
    within: '@wasm-audio-decoders/ogg-vorbis',
    name: 'libvorbis and libogg',
    licence: 'BSD-3-Clause',
    holder: 'Xiph.Org Foundation',
  },
  {
    within: '@wasm-audio-decoders/flac',
    name: 'libFLAC',
    licence: 'BSD-3-Clause',
    holder: 'Josh Coalson, Xiph.Org Foundation',
  },
]

const TEXTS = { MIT: 'MIT.txt', 'BSD-3-Clause': 'BSD-3-Clause.txt', 'LGPL-2.1-only': 'LGPL-2.1.txt' }
const RULE = '='.repeat(80)

/** What is compiled into these packages: `{within, name, licence, holder, version}`. */
export function insideOf(root, packages) {
  return INSIDE.flatMap(({ version, ...part }) => {
    const package_ = packages.find(({ name }) => name === part.within)
    return package_ ? [{ ...part, version: version?.(join(root, package_.path)) ?? null }] : []
  })
}

/**
 * The text that goes beside the executable.
 * @param packages from `shippedPackages`
 * @throws {Error} for a package without any licence: somebody has to look
 */
export function licencesText(root, packages) {
  const entries = packages.map((package_) => {
    const folder = join(root, package_.path)
    const own = licenceFiles(folder)
    const { author } = manifestOf(folder)
    const text =
      own.length > 0
        ? own.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
        : standardText(
            root,
            package_.name,
            package_.license,
            typeof author === 'string' ? author : author?.name,
          )
    return `${RULE}\n${package_.name} ${package_.version} (${package_.license ?? 'see below'})\n${RULE}\n\n${text}\n`
  })
  const inside = insideOf(root, packages).map(({ within, name, licence, holder, version }) => {
    const text = TEXTS[licence]
      ? `Copyright (c) ${holder}\n\n${template(root, TEXTS[licence])}`
      : `It is ${holder}.`
    return `${RULE}\n${name}${version ? ` ${version}` : ''} (${licence}), inside of ${within}\n${RULE}\n\n${text}\n`
  })
  return [
    "Earmark is made with the software below. Electron's own licence is in LICENSE.electron.txt, those of what it is",
    'made of in LICENSES.chromium.html.\n',
    ...lesserNotice(root, packages),
    ...entries,
    ...inside,
    // Version 3 of the lesser licence is a supplement to this one, and asks for both (its section 4b).
    ...(packages.some(({ license }) => license?.startsWith('LGPL-3'))
      ? [
          `${RULE}\nThe GNU General Public License, to which LGPL-3.0 adds\n${RULE}\n\n${template(root, 'GPL-3.0.txt')}\n`,
        ]
      : []),
  ].join('\n')
}

/** What the GNU Lesser General Public License asks to be said: what is used under it, where its source is, how to change it. */
function lesserNotice(root, packages) {
  const parts = [
    ...packages
      .filter(({ license }) => license?.startsWith('LGPL'))
      .map(({ path, name, version, license }) => {
        const { url } = manifestOf(join(root, path)).repository
        return `${name} ${version} (${license}), in ${path}\n  source: ${url.replace(/^git\+|\.git$/g, '')}`
      }),
    ...insideOf(root, packages)
      .filter(({ licence }) => licence.startsWith('LGPL'))
      .map(
        ({ name, within, licence, source }) =>
          `${name} (${licence}), in node_modules/${within}\n  source: ${source}`,
      ),
  ]
  if (parts.length === 0) return []
  return [
    'These are used under the GNU Lesser General Public License:\n',
    ...parts.map((part) => `- ${part}`),
    '\nEach is a module of its own in resources/app.asar, as its makers publish it, and may be changed. Earmark runs with the changed',
    'one when it is put into app.asar (Linux), or into node_modules of the source of Earmark, from which "npm run package" makes the',
    'application anew (all systems: macOS and Windows start no app.asar but the one that was packaged). That source is under the MIT',
    'licence; whoever gave you Earmark gives it to you on request.\n',
  ]
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

const licenceFiles = (folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i.test(name))
        .sort()
    : []

function standardText(root, name, licence, author) {
  if (!TEXTS[licence])
    throw new Error(`${name} has no licence file, and "${licence}" no text in resources/licences/.`)
  return `Copyright (c) ${author ?? `the authors of ${name}`}\n\n${template(root, TEXTS[licence])}`
}

const template = (root, file) => readFileSync(join(root, 'resources', 'licences', file), 'utf8').trim()
