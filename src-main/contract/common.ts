import { z } from 'zod'

/** A call's own id: stable, made from vendor, connection and the vendor's id (see calls/identity.ts). */
export const CallId = z.string().regex(/^[a-z2-7]{16}$/)
export type CallId = z.infer<typeof CallId>

export const ConnectionId = z.string().regex(/^[a-z2-7]{12}$/)
export type ConnectionId = z.infer<typeof ConnectionId>

/** UTC, ISO 8601 with milliseconds and `Z`. */
export const Instant = z.iso.datetime()

export const Vendor = z.enum(['prosper', 'malakai'])
export type Vendor = z.infer<typeof Vendor>

export const Speaker = z.enum(['agent', 'caller', 'other'])
export type Speaker = z.infer<typeof Speaker>

/** Where a turn's times come from. */
export const TimingSource = z.enum(['vendor', 'estimated', 'manual'])
export type TimingSource = z.infer<typeof TimingSource>

export const RecordingState = z.enum(['none', 'waiting', 'downloading', 'ready', 'failed', 'removed'])
export type RecordingState = z.infer<typeof RecordingState>

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
export const JsonValue: z.ZodType<JsonValue> = z.json()

/** One contract call: what goes in, what comes out. Types, handler and client are derived from it. */
export const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output })

export const Nothing = z.object({}).strict()
export const Done = z.object({})
