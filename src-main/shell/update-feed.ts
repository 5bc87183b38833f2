import { createPublicKey, verify } from 'node:crypto'
import { EarmarkError } from '@contract'
import { z } from 'zod'
import { isLoopbackUrl } from '../vendors/addresses'

/**
 * A feed is a folder on somebody's own web server: `latest-<system>-<processor>.json`, that file's Ed25519 signature in
 * `….json.sig` (base64), and the packages which it names. `npm run package:feed` makes and signs it.
 */
export interface Update {
  version: string
  /** Names in the feed's folder. */
  files: { url: string; sha512: string; size: number }[]
  releaseDate: string
}

/** A plain name: it can't lead out of the feed's folder. */
const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._~+-]{0,199}$/)

const UpdateSchema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/),
  files: z
    .array(
      z.object({
        url: FileName,
        sha512: z.base64().length(88),
        size: z.number().int().positive(),
      }),
    )
    .min(1)
    .max(20),
  releaseDate: z.iso.datetime(),
}) satisfies z.ZodType<Update>

/** The largest list that is read, in bytes. */
export const LARGEST_LIST = 64 * 1024

/**
 * A feed's address as it is kept: `https` (`http` on this computer only), with a slash at the end, nothing secret in it.
 * Raises `invalid_input`.
 */
export function feedAddress(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  const refuse = (message: string) => new EarmarkError('invalid_input', message, { field: 'address' })
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refuse('The address of updates begins with https://.')
  if (url.protocol === 'http:' && !isLoopbackUrl(url.href))
    throw refuse('The address of updates begins with https://: without it, others could read along.')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw refuse(
      'The address of updates is that of a folder, without a user, a password or anything behind a "?" or "#".',
    )
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}

/** The two addresses that are asked: the list for this system, and its signature. */
export function listAddresses(
  feed: string,
  platform: NodeJS.Platform,
  arch: string,
): [list: string, signature: string] {
  const system = { linux: 'linux', darwin: 'mac', win32: 'win' }[platform as string] ?? platform
  const list = new URL(`latest-${system}-${arch}.json`, feed).href
  return [list, `${list}.sig`]
}

/**
 * Reads a list that its feed's key signed. Nothing in it is looked at before the signature holds.
 * @param list the file's bytes
 * @param signature base64 of 64 bytes over them
 * @param key the public key, base64 of its DER (SubjectPublicKeyInfo), as it was built into this package
 * Raises `invalid_input`: the signature is not that key's, or what it signed is no list.
 */
export function readUpdate(list: Buffer, signature: string, key: string): Update {
  if (!isSigned(list, signature, key))
    throw new EarmarkError(
      'invalid_input',
      'The answer is not signed by whoever made this Earmark, so nothing in it was used. Tell whoever looks after the updates.',
    )
  const parsed = UpdateSchema.safeParse(parseJson(list.toString('utf8')))
  if (!parsed.success)
    throw new EarmarkError(
      'invalid_input',
      'The answer is signed, but is no list of updates that this Earmark can read.',
    )
  return parsed.data
}

function isSigned(list: Buffer, signature: string, key: string): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    if (publicKey.asymmetricKeyType !== 'ed25519') return false
    return verify(null, list, publicKey, Buffer.from(signature.trim(), 'base64'))
  } catch {
    // Not a key, or not a signature.
    return false
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * What an administrator types to install a package that was fetched; apt brings what it depends on, rpm says what lacks.
 * @param file an absolute path; quoted for a shell where it needs to be
 */
export function installCommand(kind: 'deb' | 'rpm', file: string): string {
  const quoted = /^[\w./+~-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
  return `sudo ${kind === 'deb' ? 'apt install' : 'rpm --upgrade'} ${quoted}`
}

/** The file of a computer's administrator with `{"feed": "https://…"}`; it wins over what somebody entered. */
export function administratorsFile(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  if (platform === 'win32') return `${env.ProgramData ?? 'C:\\ProgramData'}\\Earmark\\updates.json`
  if (platform === 'darwin') return '/Library/Application Support/Earmark/updates.json'
  return '/etc/earmark/updates.json'
}

/** The address in such a file's text; null when there is none that can be used. */
export function feedIn(text: string): string | null {
  const parsed = z.object({ feed: z.string() }).safeParse(parseJson(text))
  if (!parsed.success) return null
  try {
    return feedAddress(parsed.data.feed)
  } catch {
    return null
  }
}

/** Why updates can't be had this way; null when they can. */
export function refusal(state: {
  isPackaged: boolean
  isFallback: boolean
  key: string | null
  feed: string | null
}): string | null {
  if (!state.isPackaged)
    return 'This Earmark runs from its source: whoever updates the source updates it. Installed packages can ask for updates.'
  if (state.key === null)
    return 'This package was made without a key for signed updates, so it takes none. Get a newer package from where you got this one.'
  if (state.isFallback && state.feed !== null && !isLoopbackUrl(state.feed))
    return 'This package is for testing and connects to this computer only, so it can’t ask for updates elsewhere.'
  return null
}
