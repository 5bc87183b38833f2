/**
 * Makes a deb of the unpacked application with dpkg-deb alone, and the same one, byte for byte, every time: sorted files of
 * one age that belong to root, and SOURCE_DATE_EPOCH for what dpkg-deb itself dates.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  constants,
  cpSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ROOT } from '../setup/places.mjs'
import { run, SetupProblem } from '../setup/steps.mjs'

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' }
const RESOURCES = join(ROOT, 'resources')
/** Everything else is 0644. */
const PROGRAMS =
  /^(opt\/Earmark\/(earmark|chrome-sandbox|chrome_crashpad_handler)|usr\/bin\/earmark|DEBIAN\/post(inst|rm))$/

/**
 * @param unpacked the folder that electron-builder made (`linux-unpacked`)
 * @param output the folder to put the deb in
 * @param linux `LINUX` of electron-builder.config.mjs
 * @param packageName `earmark`, or with what it is for behind it
 * @param version of the application; a pre-release's `-` becomes `~`, which sorts before the release
 * @param madeAt seconds since 1970
 * @returns {Promise<string>} the deb's path
 * @throws {SetupProblem} when dpkg-deb is missing or fails
 */
export async function makeDeb({
  unpacked,
  output,
  linux,
  packageName,
  version,
  madeAt,
  arch = process.arch,
}) {
  const architecture = ARCHITECTURES[arch]
  const debVersion = version.replaceAll('-', '~')
  const deb = join(output, `${packageName}_${debVersion}_${architecture}.deb`)
  const stage = join(output, '.deb')
  rmSync(stage, { recursive: true, force: true })
  const put = (path, content) => {
    mkdirSync(dirname(join(stage, path)), { recursive: true })
    writeFileSync(join(stage, path), content)
  }
  try {
    const app = linux.folder.slice(1)
    mkdirSync(dirname(join(stage, app)), { recursive: true })
    cpSync(unpacked, join(stage, app), { recursive: true, mode: constants.COPYFILE_FICLONE })
    // How electron-updater knows what to ask for.
    put(join(app, 'resources', 'package-type'), 'deb')
    put('usr/bin/earmark', readFileSync(join(RESOURCES, 'linux', 'earmark')))
    put('usr/share/applications/earmark.desktop', desktopEntry(linux))
    put(
      'usr/share/icons/hicolor/scalable/apps/earmark.svg',
      readFileSync(join(RESOURCES, 'icons', 'icon.svg')),
    )
    for (const size of linux.iconSizes) {
      const png = readFileSync(join(RESOURCES, 'icons', `${size}x${size}.png`))
      put(`usr/share/icons/hicolor/${size}x${size}/apps/earmark.png`, png)
    }
    put(`usr/share/doc/${packageName}/copyright`, copyright(linux))
    put('DEBIAN/md5sums', sums(stage))
    put('DEBIAN/postinst', readFileSync(join(RESOURCES, 'linux', 'after-install.sh')))
    put('DEBIAN/postrm', readFileSync(join(RESOURCES, 'linux', 'after-remove.sh')))
    const kibibytes = filesIn(stage).reduce(
      (sum, path) => sum + Math.ceil(statSync(join(stage, path)).size / 1024),
      0,
    )
    put('DEBIAN/control', control({ linux, packageName, version: debVersion, architecture, kibibytes }))
    level(stage, madeAt)
    // zstd: Debian's since 12 and Ubuntu's since 18.04, seconds instead of the minutes that xz takes. By one thread, so that the
    // number of processors changes nothing.
    const how = ['--root-owner-group', '-Zzstd', '-z12', '--threads-max=1']
    const built = await run('dpkg-deb', [...how, '--build', stage, `${deb}.part`], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(madeAt) },
    })
    if (built.code !== 0) throw new SetupProblem(`dpkg-deb could not make ${deb}.\n${built.output}`)
    renameSync(`${deb}.part`, deb)
  } finally {
    rmSync(stage, { recursive: true, force: true })
    rmSync(`${deb}.part`, { force: true })
  }
  return deb
}

/** https://specifications.freedesktop.org/desktop-entry-spec/latest/ */
export function desktopEntry(linux) {
  const lines = {
    Type: 'Application',
    Version: '1.0',
    ...linux.desktop,
    Exec: `${linux.folder}/${linux.name} %U`,
    TryExec: `${linux.folder}/${linux.name}`,
    Icon: linux.name,
    Terminal: 'false',
    StartupNotify: 'true',
  }
  return `[Desktop Entry]\n${Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')}`
}

/** https://www.debian.org/doc/debian-policy/ch-controlfields.html */
export function control({ linux, packageName, version, architecture, kibibytes }) {
  // One is installed at a time: they have the same files.
  const others = ['earmark', 'earmark-for-testing', 'earmark-automation', 'earmark-for-testing-automation']
  const rest = others.filter((name) => name !== packageName).join(', ')
  return [
    `Package: ${packageName}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${linux.maintainer}`,
    `Installed-Size: ${kibibytes}`,
    `Depends: ${linux.depends.join(', ')}`,
    `Recommends: ${linux.recommends.join(', ')}`,
    `Conflicts: ${rest}`,
    `Replaces: ${rest}`,
    'Section: sound',
    'Priority: optional',
    `Homepage: ${linux.homepage}`,
    `Description: ${linux.synopsis}`,
    ` ${linux.description}`,
    '',
  ].join('\n')
}

function copyright(linux) {
  return [
    'Earmark is under the MIT licence:',
    '',
    readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim(),
    '',
    `The licences of the software that it is made with: ${linux.folder}/LICENSES.third-party.txt,`,
    `${linux.folder}/LICENSE.electron.txt and ${linux.folder}/LICENSES.chromium.html.gz.`,
    '',
  ].join('\n')
}

/** Paths of all files below a folder, sorted, with `/`. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

const sums = (stage) =>
  filesIn(stage)
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(stage, path)))
          .digest('hex')}  ${path}\n`,
    )
    .join('')

/** Modes by what a file is, not by how it came here; one age for all. */
function level(stage, madeAt) {
  for (const entry of readdirSync(stage, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    chmodSync(path, entry.isDirectory() || PROGRAMS.test(relative(stage, path)) ? 0o755 : 0o644)
    lutimesSync(path, madeAt, madeAt)
  }
  chmodSync(stage, 0o755)
  lutimesSync(stage, madeAt, madeAt)
}
