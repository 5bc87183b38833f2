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
import { milestone } from './milestones'
import { saveKey, trackSave } from './saves'

declare global {
  interface Window {
    readonly earmark: Bridge
  }
}

let onDamage: (message: string) => void = () => undefined
/** Tells who is to be told when a call meets a damaged database. */
export function whenDamaged(listener: (message: string) => void): void {
  onDamage = listener
}

async function invoke(feature: string, name: string, input: unknown): Promise<unknown> {
  const request = async () => {
    const result = (await window.earmark.invoke(feature, name, input)) as Result<unknown>
    milestone('answered')
    // Whoever notices that the index is damaged has it mended; what was asked is asked again when it is there.
    if (!result.ok && result.code === 'index_damaged') void window.earmark.invoke('search', 'rebuild', {})
    // The screen tells of it and offers to repair it, whatever was asked.
    if (!result.ok && result.code === 'database_damaged') onDamage(result.message)
    return unwrap(result)
  }
  const key = saveKey(feature, name, input)
  return key === null ? request() : trackSave(key, request)
}

/**
 * A typed client for every feature of the contract; a failure is thrown as an `EarmarkError`. Calls that write
 * what a reviewer did are followed on their way (see saves.ts): the footer says how they ended.
 */
export const client = Object.fromEntries(
  Object.entries(contract).map(([feature, calls]) => [
    feature,
    Object.fromEntries(
      Object.keys(calls).map((name) => [name, (input: unknown) => invoke(feature, name, input)]),
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
