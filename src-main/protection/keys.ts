import { createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { DatabaseName } from '@contract'

/** Bytes of a workspace's key: 256 bits. */
export const MASTER_BYTES = 32
const CHECK_BYTES = 16

/** A new workspace's key: random, never derived from anything that a person chose. */
export const newMasterKey = (): Uint8Array => new Uint8Array(randomBytes(MASTER_BYTES))

/**
 * The keys of a protected workspace, each derived from the one that the keychain holds (HKDF-SHA-256, RFC 5869: the
 * master key is uniformly random, so no salt is needed; `info` tells the keys apart). Prints as nothing: fields are private.
 */
export class WorkspaceKeys {
  /** For recordings, waveforms and drafts; each file has one of its own, derived from this. */
  readonly files: KeyObject
  readonly #master: Uint8Array

  /** Raises `RangeError` for what is no key. */
  constructor(master: Uint8Array) {
    if (master.length !== MASTER_BYTES) throw new RangeError(`A workspace's key has ${MASTER_BYTES} bytes.`)
    this.#master = Uint8Array.from(master)
    this.files = createSecretKey(derive(this.#master, 'files', 32))
  }

  /** What `PRAGMA key` takes: the raw 256 bits, so that opening derives nothing from a password. Backups have the key of their database. */
  databaseKey(name: DatabaseName): string {
    return `raw:${derive(this.#master, `database ${name}`, 32).toString('hex')}`
  }

  /** Tells whether a key is this workspace's, and nothing else about it. Hexadecimal. */
  get check(): string {
    return derive(this.#master, 'check', CHECK_BYTES).toString('hex')
  }

  /** Whether `check` is of this key. */
  fits(check: string): boolean {
    const given = Buffer.from(check, 'hex')
    return given.length === CHECK_BYTES && timingSafeEqual(given, Buffer.from(this.check, 'hex'))
  }
}

const derive = (master: Uint8Array, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', master, new Uint8Array(0), `earmark 1 ${purpose}`, bytes))
