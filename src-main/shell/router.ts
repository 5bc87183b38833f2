import { contract, EarmarkError, type Result, toFailure } from '@contract'
import type { z } from 'zod'
import { answer, findHandler, type HandlerTables } from '../backend/channel'

type Schemas = Record<string, Record<string, { input: z.ZodType; output: z.ZodType }>>

/**
 * The renderer's way in: name (own property of the contract) and input are checked here, once; then the call
 * goes to the shell's own handlers or to a worker. Answers a `Result`, never throws.
 */
export function createRouter(
  shellTables: HandlerTables,
  invokeBackend: (feature: string, call: string, input: unknown) => Promise<Result<unknown>>,
  schemas: Schemas = contract,
): (feature: unknown, call: unknown, input: unknown) => Promise<Result<unknown>> {
  return async (feature, call, input) => {
    try {
      const parsed = parseInvocation(schemas, feature, call, input)
      if (findHandler(shellTables, parsed.feature, parsed.call))
        return await answer(shellTables, parsed.feature, parsed.call, parsed.input)
      return await invokeBackend(parsed.feature, parsed.call, parsed.input)
    } catch (error) {
      return toFailure(error)
    }
  }
}

function parseInvocation(schemas: Schemas, feature: unknown, call: unknown, input: unknown) {
  if (typeof feature !== 'string' || typeof call !== 'string')
    throw new EarmarkError('invalid_input', 'A call has a feature and a name, both text.')
  const calls = Object.hasOwn(schemas, feature) ? schemas[feature] : undefined
  const schema = calls && Object.hasOwn(calls, call) ? calls[call] : undefined
  if (!schema) throw new EarmarkError('invalid_input', 'There is no such call.')
  const parsed = schema.input.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue?.path.join('.') ?? ''
    throw new EarmarkError(
      'invalid_input',
      `${where === '' ? 'The input' : `"${where}"`} can't be used: ${issue?.message ?? 'it has the wrong form.'}`,
      { field: where },
    )
  }
  return { feature, call, input: parsed.data }
}
