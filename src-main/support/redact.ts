import { homedir } from 'node:os'
import { systemUserName } from '../system-user'

/*
 * What is written into logs and reports may be shown to others: it goes through here first. Better a word too few than a
 * secret, a number or a sentence of a call too many.
 */

/** Whose computer it is: a home folder and a name that must not be told. */
export interface Person {
  home: string
  userName: string
  /** The workspace's folder; '' where none is known. */
  workspace: string
}

const SECRETS: readonly [RegExp, string][] = [
  [/((?:bearer|basic|digest|apikey|token)\s+)[\w.~+/=:-]{4,}/gi, '$1[redacted]'],
  [
    /((?:api[_-]?key|access[_-]?token|auth[_-]?token|authorization|x-access-token|password|passphrase|secret|cookie|signature)["']?\s*[:=]\s*["']?)[^"'\s,}]+/gi,
    '$1[redacted]',
  ],
  // What stands behind "?" and "#" of an address, and before "@".
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*@/gi, '$1[redacted]@'],
  [/\?[^\s"']*/g, '?[redacted]'],
  // Keys without a name: long, of letters and digits.
  [/(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w-])/g, '[key]'],
]

const EMAIL = /[^\s@<>"'()[\],;:]+@[^\s@<>"'()[\],;:]+\.[^\s@<>"'()[\],;:]+/gu
/** Seven digits and more, grouped as people group them. Instants, which have as many, are told apart. */
const NUMBER = /(?<![\w.:])\+?[(\d](?:[\s().\-/\u00a0\u2009\u2010-\u2015]{0,3}\d){6,19}(?![\w:])/gu
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2})?$/

/**
 * A text without secrets, e-mail addresses and phone numbers. Its sentences stay: for words of the program's own. Names
 * and what was said can't be told from other words: for what may quote those there is `redactMessage`.
 */
export function redact(text: string): string {
  const withoutSecrets = SECRETS.reduce((result, [pattern, by]) => result.replace(pattern, by), text)
  return withoutSecrets
    .replace(EMAIL, '[e-mail]')
    .replace(NUMBER, (found) => (INSTANT.test(found.trim()) ? found : '[number]'))
}

/** From the first quotation mark to the last: what is quoted may hold quotation marks itself. */
const QUOTED = /["“”„«»`][\s\S]*["“”„«»`]|["“„«`][\s\S]*$/u
/** Parsers quote what they could not read, some without marks. */
const PARSED = /(unexpected (?:token|string|character|end|number)\b)[\s\S]*$/i

/**
 * The message of an error, for the log: `redact`ed, and without all that it quotes, which may be a name or a part of a
 * call. At most 2,000 characters.
 */
export function redactMessage(text: string, person: Person = thisPerson()): string {
  const short = text.slice(0, 2000)
  return withoutPaths(redact(short.replace(PARSED, '$1 [text]').replace(QUOTED, '"[text]"')), person)
}

const ABSOLUTE =
  /(?<![\w~>.\]-])(?:[A-Za-z]:[\\/]|\\\\|\/(?=[^\s/]))[^\s"'“”:;,)\]]*(?: [^\s"'“”:;,)\]/\\]*[/\\][^\s"'“”:;,)\]]*)*/gu
const ADDRESS = /\b([a-z][a-z0-9+.-]{1,15}):\/\/(?!\[)[^\s"'<>)\]]+/giu

/**
 * A text in which folders are told as `<workspace>`, `~` or `[path]`, and addresses by their scheme: folders are called
 * after people, and hosts after companies.
 */
export function withoutPaths(text: string, { home, userName, workspace }: Person = thisPerson()): string {
  let result = text.replace(ADDRESS, (_, scheme: string) => `${scheme}:[address]`)
  for (const [folder, by] of [
    [workspace, '<workspace>'],
    [home, '~'],
  ] as const)
    if (folder.length > 1) result = result.replaceAll(folder, by)
  result = result.replace(ABSOLUTE, '[path]').replace(/~[/\\][^\s"'“”:;,)\]]*/gu, '~/[path]')
  // A name that is also a word of ours would make sentences unreadable, and is no secret.
  if (userName.length > 2 && userName !== 'root' && !/^earmark$/i.test(userName))
    result = result.replaceAll(new RegExp(`(?<!\\w)${escaped(userName)}(?!\\w)`, 'giu'), '[user]')
  return result
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Who is logged in here; `workspace`: see `Person`. */
export const thisPerson = (workspace = ''): Person => ({
  home: homedir(),
  userName: systemUserName(),
  workspace,
})
