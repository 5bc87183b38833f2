/** Small things of this window that may be forgotten: widths, the order of the list. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(`earmark.${name}`)
  } catch {
    // Without storage everything starts as usual.
    return null
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(`earmark.${name}`, value)
  } catch {
    // As above: it is only a convenience.
  }
}
