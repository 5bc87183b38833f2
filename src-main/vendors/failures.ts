import { EarmarkError } from '@contract'

/** What is wrong with a certificate, by the code that Node's TLS gives (`X509_V_ERR_…` without its front). */
const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed: nobody vouches for it',
  SELF_SIGNED_CERT_IN_CHAIN: 'it comes from an authority that this computer does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its chain to a trusted authority is incomplete',
  UNABLE_TO_GET_ISSUER_CERT: 'its chain to a trusted authority is incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it comes from an authority that this computer does not trust',
  CERT_HAS_EXPIRED: 'it has expired (or the clock of this computer is wrong)',
  CERT_NOT_YET_VALID: 'it is not valid yet (or the clock of this computer is wrong)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it was made out to another host',
  CERT_REVOKED: 'it was revoked',
  CERT_REJECTED: 'it was rejected',
  CERT_UNTRUSTED: 'it is not trusted',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  INVALID_CA: 'its authority may not issue certificates',
  INVALID_PURPOSE: 'it was made for another purpose',
  HOSTNAME_MISMATCH: 'it was made out to another host',
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its address could not be looked up',
  EAI_FAIL: 'its address could not be looked up',
  ECONNREFUSED: 'nothing answers at that port',
  ETIMEDOUT: 'it did not answer',
  EHOSTUNREACH: 'there is no way to it from this network',
  ENETUNREACH: 'there is no way to it from this network',
  EHOSTDOWN: 'it is down',
  ENETDOWN: 'this computer has no network',
  EADDRNOTAVAIL: 'this computer has no network',
}

const BROKE_OFF = ['ECONNRESET', 'EPIPE', 'ECONNABORTED']

/** The stable code of a failure: its own, or that of one of the addresses that were tried. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return codeOf(thrown.errors[0])
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

/**
 * What broke on the way to an answer, in words: unreachable, certificate, not_this_vendor, vendor_error,
 * invalid_input. Whatever is not a failure of the network (a full disk under a download) is given back as it is.
 */
export function describeFailure(thrown: unknown, url: URL): unknown {
  const { host } = url
  const code = codeOf(thrown)
  const details = { host, reason: code }

  const certificate = Object.hasOwn(CERTIFICATE, code) ? CERTIFICATE[code] : undefined
  if (certificate !== undefined) {
    return new EarmarkError(
      'certificate',
      `The certificate of ${host} is not accepted: ${certificate}. Nothing was sent. Check the base URL; where your ` +
        'office inspects its traffic, ask for its certificate file and name it in NODE_EXTRA_CA_CERTS.',
      details,
      { cause: thrown },
    )
  }
  const unreachable = Object.hasOwn(UNREACHABLE, code) ? UNREACHABLE[code] : undefined
  if (unreachable !== undefined) {
    return new EarmarkError(
      'unreachable',
      `${host} can not be reached: ${unreachable}. Check the address and the network (VPN, proxy, firewall).`,
      { ...details, transient: true },
      { cause: thrown },
    )
  }
  if (BROKE_OFF.includes(code)) {
    return new EarmarkError(
      'unreachable',
      `The connection to ${host} broke off. What came before is kept: try again. If it goes on, check the network (VPN, proxy, firewall) and the address.`,
      { ...details, transient: true },
      { cause: thrown },
    )
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return new EarmarkError(
      'unreachable',
      `No secure connection to ${host}: it does not speak HTTPS there. Check whether the base URL begins with the right one of http:// and https://, and its port.`,
      details,
      { cause: thrown },
    )
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new EarmarkError(
      'too_large',
      `The answer of ${host} begins with more headers than 16 KB and was not read. Check the base URL, or ask the vendor.`,
      { ...details, transient: true },
      { cause: thrown },
    )
  }
  if (code.startsWith('HPE_')) {
    return new EarmarkError(
      'not_this_vendor',
      `${host} does not speak HTTP there. Check the base URL: http:// or https://, and its port.`,
      { ...details, transient: true },
      { cause: thrown },
    )
  }
  if (
    code.startsWith('Z_') ||
    code === 'ERR__ERROR_FORMAT_PADDING_1' ||
    /^ERR_(?:BROTLI|_ERROR_)/.test(code)
  ) {
    return new EarmarkError(
      'vendor_error',
      `The answer of ${host} could not be unpacked: it is damaged. What came before is kept: sync again.`,
      { ...details, transient: true },
      { cause: thrown },
    )
  }
  if (code === 'ERR_INVALID_CHAR') {
    return new EarmarkError(
      'invalid_input',
      'A key, a token or a header setting holds characters that can not be sent (a line break, perhaps). Enter it again.',
      { host },
    )
  }
  return thrown
}
