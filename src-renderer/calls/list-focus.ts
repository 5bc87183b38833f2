interface ListHandle {
  /** Puts the focus on the open row, else on the first. */
  focus: () => void
  openFirst: () => void
}

let list: ListHandle | null = null

/** The list says how others reach it, until the returned function is called. */
export function holdList(handle: ListHandle): () => void {
  list = handle
  return () => {
    if (list === handle) list = null
  }
}

export const focusList = (): void => list?.focus()
export const openFirstHit = (): void => list?.openFirst()
