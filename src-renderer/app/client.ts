import {
  type Bridge,
  type Client,
  type Contract,
  contract,
  EarmarkEvent,
  type Feature,
  type Result,
  unwrap,
} from '@contract'

declare global {
  interface Window {
    readonly earmark: Bridge
  }
}

/** A typed client for every feature of the contract; a failure is thrown as an `EarmarkError`. */
export const client = Object.fromEntries(
  Object.entries(contract).map(([feature, calls]) => [
    feature,
    Object.fromEntries(
      Object.keys(calls).map((name) => [
        name,
        async (input: unknown) =>
          unwrap((await window.earmark.invoke(feature, name, input)) as Result<unknown>),
      ]),
    ),
  ]),
) as { [F in Feature]: Client<Contract[F]> }

/** Calls `listener` for each event of the backend until the returned function is called. */
export function onEvent(listener: (event: EarmarkEvent) => void): () => void {
  return window.earmark.subscribe((raw) => {
    const event = EarmarkEvent.safeParse(raw)
    if (event.success) listener(event.data)
  })
}
