import { LINK_SCHEME, type Link, parseLink } from '@contract'

/**
 * The link among a program's arguments, understood; `link: null`: it leads nowhere. Null: there is none. The last one
 * counts: systems put it behind the switches.
 */
export function linkIn(argv: readonly string[]): { link: Link | null } | null {
  const given = argv.findLast((argument) => argument.toLowerCase().startsWith(`${LINK_SCHEME}:`))
  return given === undefined ? null : { link: parseLink(given) }
}

/** Keeps a link until the page asks for it for the first time; hands later ones on at once. */
export class LinkDesk {
  readonly #send: (link: Link | null) => void
  #waiting: { link: Link | null } | null = null
  #isAsked = false

  constructor(send: (link: Link | null) => void) {
    this.#send = send
  }

  arrive(given: { link: Link | null } | null): void {
    if (given === null) return
    if (this.#isAsked) this.#send(given.link)
    else this.#waiting = given
  }

  take(): { link: Link | null } | null {
    this.#isAsked = true
    const waiting = this.#waiting
    this.#waiting = null
    return waiting
  }
}
