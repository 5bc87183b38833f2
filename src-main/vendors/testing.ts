import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConnectionSettings, type JsonValue } from '@contract'
import { parseJson } from './json'
import type { ResponseBody, VendorConfig, VendorResponse } from './vendor'

/** A vendor's captured answer from e2e/vendors/fixtures. For tests. */
export const captured = (name: string): unknown =>
  parseJson(readFileSync(join(import.meta.dirname, '../../e2e/vendors/fixtures', `${name}.json`), 'utf8'))

/** A complete answer as http.ts gives it. For tests of planning. */
export function responseOf(
  status: number,
  body: ResponseBody | { json: JsonValue | unknown },
  headers: Record<string, string> = {},
): VendorResponse {
  const read: ResponseBody = 'json' in body ? { kind: 'json', value: body.json } : body
  return { status, headers, body: read, receivedAtMs: Date.UTC(2026, 0, 1) }
}

/** What planning knows of a connection, for tests. */
export const configOf = (
  campaignIds: string[],
  settings: Partial<ConnectionSettings> = {},
  baseUrl = 'https://api.example.com',
): VendorConfig => ({ baseUrl, campaignIds, settings: { ...ConnectionSettings.parse({}), ...settings } })
