/**
 * How the application is packaged, for every system. `npm run package` (scripts/package.mjs) is the way to use it;
 * `electron-builder` by itself reads it too.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { setFuses } from './scripts/package/fuses.mjs'
import { shippedPackages } from './scripts/package/shipped.mjs'
import { FALLBACK_MARKER, installedVersion, ROOT, RUNTIME_FILE, readJson } from './scripts/setup/places.mjs'
import { SetupProblem } from './scripts/setup/steps.mjs'

const { description, version, productName } = readJson(join(ROOT, 'package.json'))

/** What a Linux package says of the application; the deb's writer (scripts/package/deb.mjs) reads it too. */
export const LINUX = {
  name: 'earmark',
  maintainer: 'Earmark maintainers <maintainers@earmark.invalid>',
  homepage: 'https://earmark.invalid/',
  synopsis: 'review phone calls made by AI voice agents',
  description,
  folder: '/opt/Earmark',
  desktop: {
    Name: 'Earmark',
    GenericName: 'Call review',
    Comment: description,
    Categories: 'Office;',
    Keywords: 'calls;annotate;transcript;QA;',
    StartupWMClass: 'earmark',
    MimeType: 'x-scheme-handler/earmark;',
  },
  /** By what Electron's libraries are linked against and load (`ldd`); the second names are those of Debian 13, Ubuntu 24.04. */
  depends: [
    'libasound2 | libasound2t64',
    'libatk-bridge2.0-0 | libatk-bridge2.0-0t64',
    'libatk1.0-0 | libatk1.0-0t64',
    'libatspi2.0-0 | libatspi2.0-0t64',
    'libc6 (>= 2.28)',
    'libcups2 | libcups2t64',
    'libdrm2',
    'libgbm1',
    'libgtk-3-0 | libgtk-3-0t64',
    'libnss3',
    'libsecret-1-0',
    'libstdc++6',
    'libudev1',
    'libx11-6',
    'libxkbcommon0',
    'libxss1',
    'libxtst6',
  ],
  /** Links and the keychain: without them Earmark says so and works on. */
  recommends: ['desktop-file-utils', 'xdg-utils', 'gnome-keyring | kwalletmanager | keepassxc'],
  iconSizes: [16, 24, 32, 48, 64, 128, 256, 512],
}

/** electron-builder's own list, and what the keychain's module is linked against; second names are those of openSUSE. */
const RPM_DEPENDS = [
  '(alsa-lib or libasound2)',
  '(at-spi2-core or libatk-bridge-2_0-0)',
  '(gtk3 or libgtk-3-0)',
  '(libXScrnSaver or libXss1)',
  '(libXtst or libXtst6)',
  '(libsecret or libsecret-1-0)',
  '(mesa-libgbm or libgbm1)',
  '(nss or mozilla-nss)',
]

/**
 * The Electron that goes into the package: the one that set-up chose.
 * @throws {SetupProblem} for the stand-in unless it is `forTesting`, and for any version but the pinned one
 */
export function runtimeToPackage({ forTesting }) {
  const runtime = readJson(RUNTIME_FILE)
  if (runtime === null) throw new SetupProblem('Nothing is set up yet: run "npm run setup" first.')
  const isFallback = runtime.kind === 'fallback' || existsSync(join(runtime.distPath, FALLBACK_MARKER))
  if (isFallback && !forTesting) {
    throw new SetupProblem(
      `The Electron here (${runtime.version}) is the stand-in for development and tests, which is never given out.\n` +
        'Get the official one with "npm run setup -- --retry-electron" (behind a company mirror set ELECTRON_MIRROR first),\n' +
        'or make a package that says it is for testing: npm run package -- --for-testing',
    )
  }
  const pinned = installedVersion('electron')
  if (!isFallback && runtime.version !== pinned) {
    throw new SetupProblem(`The Electron here is ${runtime.version}; packages are made with ${pinned} alone.`)
  }
  return { ...runtime, isFallback }
}

/**
 * electron-builder's configuration.
 * @param forTesting names everything so, and allows the stand-in
 * @param automation the build that Playwright can drive: one fuse differs, and the name
 * @param output the folder for what is made
 */
export function configuration({
  forTesting = process.env.EARMARK_PACKAGE_FOR_TESTING === '1',
  automation = false,
  output = 'dist',
} = {}) {
  const runtime = runtimeToPackage({ forTesting })
  const suffix = `${forTesting ? '-for-testing' : ''}${automation ? '-automation' : ''}`
  const shipped = new Set(shippedPackages(ROOT).loaded.map(({ folder }) => folder))
  const libc =
    process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime ? 'musl' : ''
  const prebuilt = `${process.platform}${libc}-${process.arch}.node`
  const ownSqlite = existsSync(join(ROOT, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'))
  // With our folder for what is shared by deb (our writer's too) and rpm.
  const scripts = {
    afterInstall: 'resources/linux/after-install.sh',
    afterRemove: 'resources/linux/after-remove.sh',
    appArmorProfile: 'resources/linux/apparmor-profile',
  }
  const linuxFiles = ['resources/linux/earmark=/usr/bin/earmark']
  return {
    appId: 'io.earmark.Earmark',
    productName,
    copyright: 'Copyright © Earmark contributors',
    // Where nothing says otherwise, as on the build servers: what is here and fits is not built again.
    npmRebuild: false,
    electronVersion: runtime.version,
    electronDist: runtime.distPath,
    electronLanguages: ['en-US'],
    directories: { output, buildResources: 'resources/icons' },
    artifactName: `earmark${suffix}-\${version}-\${os}-\${arch}.\${ext}`,
    // The rpm's writer refuses to work without a home page.
    extraMetadata: { desktopName: 'earmark.desktop', homepage: LINUX.homepage, ...updateKey() },
    // electron-builder's own choice needs libfuse2, which Ubuntu 24.04 and Debian 13 do not install.
    toolsets: { appimage: '1.0.3' },
    files: [
      'out/main/**/*.js',
      'out/preload/*.cjs',
      'out/renderer/**/*',
      'resources/sample/**/*',
      'package.json',
      '!**/*.map',
      '!**/*.{d.ts,d.mts,d.cts,md,markdown,flow,ts,tsx,h,c,cpp,gyp,gypi,sh,yml,yaml}',
      '!**/{eslint,rollup,vite}.config.*',
      // Everything of node_modules that our code does not load; by name, as electron-builder moves packages upwards.
      ...packageNames()
        .filter((name) => !shipped.has(name))
        .map((name) => `!**/node_modules/${name}/**`),
      // Binaries for other machines, sources, and bundles for browsers.
      '!node_modules/better-sqlite3/{deps,src}/**',
      ...(ownSqlite
        ? ['!node_modules/better-sqlite3/prebuilds/**']
        : [`!node_modules/better-sqlite3/prebuilds/!(${prebuilt})`, '!node_modules/better-sqlite3/build/**']),
      '!node_modules/better-sqlite3/build/!(Release)/**',
      '!node_modules/better-sqlite3/build/Release/!(better_sqlite3.node)',
      '!node_modules/better-sqlite3/build/Release/!(better_sqlite3.node)/**',
      '!node_modules/keytar/build/!(Release)',
      '!node_modules/keytar/build/!(Release)/**',
      '!node_modules/keytar/build/Release/!(keytar.node)',
      '!node_modules/keytar/build/Release/!(keytar.node)/**',
      '!node_modules/@wasm-audio-decoders/*/dist/**',
      '!node_modules/{mpg123-decoder,opus-decoder,ogg-opus-decoder}/dist/**',
      '!node_modules/diff/{dist,libcjs}/**',
      '!node_modules/papaparse/{player,tests,papaparse.min.js,Gruntfile.js,bower.json}{,/**}',
      '!node_modules/js-yaml/{bin,dist}/**',
    ],
    asar: { smartUnpack: false },
    // The system's loader reads them, which knows no asar.
    asarUnpack: ['**/*.node'],
    extraFiles: [
      { from: `${output}/notices`, to: '.', filter: ['LICENSES.third-party.txt', 'sbom.cdx.json'] },
    ],
    extraResources: [{ from: 'resources/icons/256x256.png', to: 'icon.png' }],
    protocols: [{ name: 'Earmark link', schemes: ['earmark'] }],
    // Nothing is published from here; the address in a package is never used (src-main/shell/updates.ts).
    publish: [{ provider: 'generic', url: 'https://earmark.invalid/updates', channel: 'latest' }],
    afterExtract: ({ appOutDir }) => {
      // Of an Electron that is given as a folder, electron-builder takes everything.
      const app = process.platform === 'darwin' ? 'Electron.app/Contents/Resources' : 'resources'
      const rest = ['version', `${app}/default_app.asar`]
      // A graphics card made of software, for WebGL and WebGPU, which no page of ours asks for: 7 MB. What is drawn without a
      // card is drawn by Chromium's own software compositor.
      if (process.platform === 'linux')
        rest.push('libvk_swiftshader.so', 'vk_swiftshader_icd.json', 'libvulkan.so.1')
      for (const path of rest) rmSync(join(appOutDir, path), { recursive: true, force: true })
    },
    afterPack: (context) => finish(context, { automation }),
    linux: {
      target: ['deb', 'rpm', 'AppImage', 'tar.gz'],
      executableName: LINUX.name,
      syncDesktopName: true,
      category: 'Office',
      synopsis: LINUX.synopsis,
      description: LINUX.description,
      maintainer: LINUX.maintainer,
      vendor: 'Earmark',
      icon: 'resources/icons',
      desktop: { entry: LINUX.desktop },
      extraResources: [{ from: 'resources/linux/apparmor-profile', to: 'apparmor-profile' }],
    },
    deb: {
      packageName: `earmark${suffix}`,
      depends: LINUX.depends,
      recommends: LINUX.recommends,
      fpm: linuxFiles,
      ...scripts,
    },
    rpm: { packageName: `earmark${suffix}`, depends: RPM_DEPENDS, fpm: linuxFiles, ...scripts },
    mac: {
      // An .icns is made from it.
      icon: 'resources/icons/1024x1024.png',
      category: 'public.app-category.business',
      target: ['dmg', 'zip'],
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: 'resources/mac/entitlements.plist',
      entitlementsInherit: 'resources/mac/entitlements.plist',
      // Signed by whoever gives it out (CSC_LINK or a keychain; APPLE_API_KEY… for the notary).
      notarize: Boolean(process.env.APPLE_API_KEY),
    },
    win: {
      icon: 'resources/icons/1024x1024.png',
      target: ['nsis'],
      extraFiles: [{ from: 'resources/win/earmark.cmd', to: 'bin/earmark.cmd' }],
    },
    nsis: { oneClick: true, perMachine: false, deleteAppDataOnUninstall: false, shortcutName: productName },
  }
}

/** With the key of whoever makes the packages, updates that this key signed are taken; without it, none (updates.ts). */
function updateKey() {
  const key = process.env.EARMARK_UPDATE_KEY
  return key ? { earmark: { updateKey: key.trim() } } : {}
}

/** The names of all packages that are no development packages, by the lockfile. */
function packageNames() {
  const { packages } = readJson(join(ROOT, 'package-lock.json'))
  const paths = Object.keys(packages).filter((path) => path !== '' && !packages[path].dev)
  return [
    ...new Set(paths.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))),
  ]
}

/** The unpacked application's last touches, before anything signs it. */
async function finish({ appOutDir, packager, electronPlatformName }, { automation }) {
  const isMac = electronPlatformName === 'darwin'
  const resources = isMac
    ? join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Resources')
    : join(appOutDir, 'resources')
  // electron-updater looks here for the folder that downloads go to.
  writeFileSync(
    join(resources, 'app-update.yml'),
    'provider: generic\nurl: https://earmark.invalid/updates\nupdaterCacheDirName: earmark-updater\n',
  )
  if (electronPlatformName === 'linux') {
    // 9 MB of text, packed as is the custom of /usr/share/doc. zlib puts no date into it.
    const licences = join(appOutDir, 'LICENSES.chromium.html')
    writeFileSync(`${licences}.gz`, gzipSync(readFileSync(licences), { level: 9 }))
    rmSync(licences)
  }
  const names = {
    darwin: `${packager.appInfo.productFilename}.app`,
    win32: `${packager.appInfo.productFilename}.exe`,
    linux: LINUX.name,
  }
  await setFuses(join(appOutDir, names[electronPlatformName]), { automation })
}

export { version }

export default () => configuration()
