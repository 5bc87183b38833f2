import nodePath, { type PlatformPath } from 'node:path'

/**
 * Whether a path is a folder or lies below it, by a system's own rules: Windows knows no case and two separators. Both are
 * absolute, and what `realpath` says of them, where links and case could mislead.
 */
export function isWithin(inner: string, outer: string, path: PlatformPath = nodePath): boolean {
  const between = path.relative(outer, inner)
  return (
    between === '' || (between !== '..' && !between.startsWith(`..${path.sep}`) && !path.isAbsolute(between))
  )
}

/** Windows takes these for devices, whatever follows behind a dot. */
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

/**
 * Whether a file may bear this name on all three systems, and is the same file on those that know no case: that is so of every
 * name that Earmark makes (recordings, peaks, backups, locks), as they are made from its own ids and dates alone.
 */
export function isPortableName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9._-]*$/.test(name) && !name.endsWith('.') && name.length <= 120 && !DEVICES.test(name)
  )
}
