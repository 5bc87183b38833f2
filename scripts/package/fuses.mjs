/**
 * Electron's fuses: switches inside the executable that decide what a packaged application can be made to do by whoever
 * starts it. Source of names and order: `FuseV1Options` of @electron/fuses.
 */
import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses'

/**
 * Every fuse that the pinned @electron/fuses knows, in the order of the wire. `automation`: how the build differs that
 * Playwright can drive; it is never given out.
 */
export const FUSES = [
  {
    name: 'runAsNode',
    option: FuseV1Options.RunAsNode,
    on: false,
    why: 'ELECTRON_RUN_AS_NODE would make a Node of it that runs any script in our name',
  },
  {
    name: 'cookieEncryption',
    option: FuseV1Options.EnableCookieEncryption,
    on: true,
    why: 'what Chromium stores of cookies is encrypted with a key of the keychain',
  },
  {
    name: 'nodeOptions',
    option: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    on: false,
    why: 'NODE_OPTIONS could load a script before ours',
  },
  {
    name: 'nodeCliInspect',
    option: FuseV1Options.EnableNodeCliInspectArguments,
    on: false,
    automation: true,
    why: '--inspect would hand the main process to a debugger',
  },
  {
    name: 'embeddedAsarIntegrity',
    option: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
    on: true,
    why: 'app.asar is checked against a hash in the executable (enforced on macOS and Windows)',
  },
  {
    name: 'onlyLoadAppFromAsar',
    option: FuseV1Options.OnlyLoadAppFromAsar,
    on: true,
    why: 'a folder resources/app beside app.asar is not run instead of it',
  },
  {
    name: 'loadBrowserProcessSpecificV8Snapshot',
    option: FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
    on: false,
    why: 'there is no snapshot of its own for the main process',
  },
  {
    name: 'grantFileProtocolExtraPrivileges',
    option: FuseV1Options.GrantFileProtocolExtraPrivileges,
    on: false,
    why: 'pages come by app://, so that file:// needs no more rights than in a browser',
  },
  {
    name: 'wasmTrapHandlers',
    option: FuseV1Options.WasmTrapHandlers,
    on: true,
    why: 'bounds of WebAssembly memory are guarded by the processor, as in Chromium (Electron 37 and later have this fuse)',
  },
]

/**
 * Sets every fuse that this Electron has.
 * @param executable the executable, or the .app folder on macOS
 * @param automation the build for Playwright
 * @throws {Error} when it has a fuse that FUSES does not know: somebody has to decide about it first
 */
export async function setFuses(executable, { automation = false } = {}) {
  const there = await getCurrentFuseWire(executable)
  const config = {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    // The signature that Apple's processors ask for covers the fuses; a real one is made later.
    resetAdHocDarwinSignature: process.platform === 'darwin' && process.arch === 'arm64',
  }
  for (const { option, on, automation: inAutomation = on } of FUSES) {
    if (option in there) config[option] = automation ? inAutomation : on
  }
  await flipFuses(executable, config)
}

/**
 * Reads the fuses back.
 * @returns {Promise<{name: string, wanted: boolean, state: boolean | null}[]>} in the order of the wire; `state` null: this
 * Electron does not have that fuse
 */
export async function readFuses(executable) {
  const wire = await getCurrentFuseWire(executable)
  return FUSES.map(({ name, option, on }) => ({
    name,
    wanted: on,
    state: option in wire ? wire[option] === FuseState.ENABLE : null,
  }))
}
