import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { EarmarkError } from '@contract'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an IP address (not a name) is this computer's own, IPv4 in IPv6 (`::ffff:127.0.0.1`) included. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Whether a URL's host is written as loopback: `localhost` or a loopback address. Names are not resolved. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const host = bareHost(new URL(url).hostname)
  return host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host)
}

/** A URL's host as `net` wants it: IPv6 without its brackets. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()

export function loopbackOnlyError(host: string): EarmarkError {
  return new EarmarkError(
    'loopback_only',
    `${host} was not contacted: this Earmark runs on a stand-in for Electron and connects to this computer (127.0.0.1) only. ` +
      'Install the official Electron to connect to vendors.',
    { host },
  )
}

/**
 * A `lookup` for sockets that gives loopback addresses only, so that what is checked is what is connected to,
 * whatever a name resolves to the next time. Sockets don't ask it about hosts that are addresses: check those
 * with `isLoopbackAddress`.
 */
export const loopbackLookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, '')
    const own = addresses.filter(({ address }) => isLoopbackAddress(address))
    const [first] = own
    if (first === undefined) return callback(loopbackOnlyError(hostname), '')
    if (options.all === true) return callback(null, own)
    callback(null, first.address, first.family)
  })
}
