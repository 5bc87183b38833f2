/**
 * What both sides say to each other. The renderer and e2e import from here and from nowhere else
 * in src-main.
 */
import type { z } from 'zod'
import { annotations } from './annotations'
import { backup } from './backup'
import { calls } from './calls'
import { connections } from './connections'
import { drafts } from './drafts'
import { exports_ } from './exports'
import { protection } from './protection'
import { recordings } from './recordings'
import { retention } from './retention'
import { reviews } from './reviews'
import { search } from './search'
import { searches } from './searches'
import { support } from './support'
import { sync } from './sync'
import { timing } from './timing'
import { trouble } from './trouble'
import { updates } from './updates'
import { webhooks } from './webhooks'
import { workspace } from './workspace'

/** Every call that the renderer may make: feature, call name, schemas. */
export const contract = {
  annotations,
  backup,
  calls,
  connections,
  drafts,
  exports: exports_,
  protection,
  recordings,
  retention,
  reviews,
  search,
  searches,
  support,
  sync,
  timing,
  trouble,
  updates,
  webhooks,
  workspace,
}
export type Contract = typeof contract
export type Feature = keyof Contract

type Calls = Record<string, { input: z.ZodType; output: z.ZodType }>

/** The type of a feature's client: what the renderer calls (inputs before defaults are filled in). */
export type Client<C extends Calls> = {
  [K in keyof C]: (input: z.input<C[K]['input']>) => Promise<z.output<C[K]['output']>>
}

/** The type of a feature's handler table: parsed input in, output (or a promise of it) out. */
export type Handlers<C extends Calls> = {
  [K in keyof C]: (
    input: z.output<C[K]['input']>,
  ) => z.input<C[K]['output']> | Promise<z.input<C[K]['output']>>
}

/** The two functions that the preload puts on `window.earmark`. */
export interface Bridge {
  invoke(feature: string, call: string, input: unknown): Promise<unknown>
  /** Returns its own undo. */
  subscribe(listener: (event: unknown) => void): () => void
}

export * from './annotations'
export * from './backup'
export * from './calls'
export * from './changes'
export * from './common'
export * from './connections'
export * from './drafts'
export * from './errors'
export * from './events'
export * from './exports'
export * from './links'
export * from './partition-point'
export * from './privacy'
export * from './protection'
export * from './query'
export * from './recordings'
export * from './retention'
export * from './reviews'
export * from './search'
export * from './searches'
export * from './support'
export * from './sync'
export * from './talk'
export * from './timing'
export * from './trouble'
export * from './updates'
export * from './webhooks'
export * from './workspace'
