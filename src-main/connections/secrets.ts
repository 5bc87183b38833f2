import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { EarmarkError } from '@contract'

/**
 * Where secrets are kept. The only implementation that keeps anything is the system's keychain
 * (`openKeychain`); replacing keytar means writing these three functions again.
 *
 * All three raise `keychain_unavailable` when the keychain is missing, locked or does not answer in time.
 */
export interface SecretStore {
  /** The secret, or null when there is none of that name. */
  get(account: string): Promise<string | null>
  set(account: string, value: string): Promise<void>
  /** Removing what is not there is no error. */
  remove(account: string): Promise<void>
}

/** The name under which the system's keychain shows Earmark's entries. */
const SERVICE = 'Earmark'

/** A keychain that can't show a prompt answers at once or never. */
const WITHOUT_PROMPT_MS = 5_000
/** Long enough to find and type a password; a later attempt finds the keychain unlocked. */
const WITH_PROMPT_MS = 30_000

interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}

export interface KeychainOptions {
  /** How long one operation may take; default: 30 s where the system can ask for a password, else 5 s. */
  waitMs?: number
  /** Loads the native module; it is loaded at the first use, so that Earmark starts without it. */
  load?: () => Promise<Keytar>
}

/**
 * The system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
 *
 * Operations run one after the other, and one that hangs (a locked keyring waiting for its password) keeps its
 * place: it holds one thread of libuv's pool, never all of them, and a `remove` asked for later runs after it.
 */
export function openKeychain(options: KeychainOptions = {}): SecretStore {
  const waitMs = options.waitMs ?? defaultWaitMs(process.platform, process.env)
  const load = options.load ?? loadKeytar
  let last: Promise<unknown> = Promise.resolve()

  const run = <T>(work: (keytar: Keytar) => Promise<T>): Promise<T> => {
    const started = last.then(async () => work(await load()))
    // Whoever comes next waits for this one's end, however it ends.
    last = started.catch(() => undefined)
    return withinTime(started, waitMs)
  }

  return {
    get: (account) => run((keytar) => keytar.getPassword(SERVICE, account)),
    set: (account, value) => run((keytar) => keytar.setPassword(SERVICE, account, value)),
    remove: async (account) => {
      await run((keytar) => keytar.deletePassword(SERVICE, account))
    },
  }
}

/** Milliseconds; longer where a prompt can be shown to somebody. */
export function defaultWaitMs(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): number {
  const canPrompt = platform !== 'linux' || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY)
  return canPrompt ? WITH_PROMPT_MS : WITHOUT_PROMPT_MS
}

async function loadKeytar(): Promise<Keytar> {
  if (process.platform === 'linux') keepLoaded()
  const keytar = await import('keytar')
  return keytar.default
}

/** dlopen(3), of glibc and musl: what is loaded so stays until the process ends. */
const RTLD_NODELETE = 0x1000

/**
 * libsecret registers types with GLib, which can't take them back: unloaded with the worker that had loaded it, and loaded again by
 * the next one, it would end the process.
 */
function keepLoaded(): void {
  try {
    const binary = createRequire(import.meta.url).resolve('keytar/build/Release/keytar.node')
    process.dlopen({ exports: {} }, binary, constants.dlopen.RTLD_NOW | RTLD_NODELETE)
  } catch {
    // Loading the module says better what is wrong.
  }
}

async function withinTime<T>(work: Promise<T>, waitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(unavailable(`it did not answer within ${Math.round(waitMs / 1000)} s; it may be locked`)),
      waitMs,
    )
  })
  try {
    return await Promise.race([work, tooLate])
  } catch (error) {
    if (error instanceof EarmarkError) throw error
    throw unavailable(error instanceof Error ? error.message : String(error), error)
  } finally {
    clearTimeout(timer)
  }
}

const ADVICE: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    'Unlock your keyring, or start one that offers the Secret Service (GNOME Keyring, KWallet, KeePassXC), and try again.',
  darwin: 'Unlock your login keychain in Keychain Access, allow Earmark to use it, and try again.',
  win32: 'Check that the Credential Manager service is running, and try again.',
}

function unavailable(reason: string, cause?: unknown): EarmarkError {
  return new EarmarkError(
    'keychain_unavailable',
    `The system's keychain can't be used (${reason.trim().replace(/\.$/, '')}). Earmark keeps secrets nowhere else, so nothing was kept. ${ADVICE[process.platform] ?? ADVICE.linux}`,
    {},
    { cause },
  )
}
