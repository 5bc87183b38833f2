import { EarmarkError, type Secrets, type TestOutcome, toFailure } from '@contract'
import { type HttpOptions, openHttp } from './http'
import type { PageOutcome, VendorApi, VendorConfig } from './vendor'

/** More campaigns than this are not asked for one by one; the sync will tell about the others. */
const MAX_CAMPAIGNS = 10
/** Asking differently (another dialect) is over after this many answers. */
const MAX_ANSWERS = 4

/**
 * Asks the vendor for the beginning of each campaign's list, without repeats, keeps nothing, and says what is
 * wrong: unreachable, certificate, wrong key, wrong campaign, not this vendor's API … Never throws.
 */
export async function testConnection(
  api: VendorApi,
  config: VendorConfig,
  secrets: Secrets,
  options: HttpOptions & { signal?: AbortSignal } = {},
): Promise<TestOutcome> {
  const problem = api.problemWith(config)
  if (problem !== null) return { ok: false, code: 'invalid_input', message: problem, total: null }
  if (api.needs.accessToken && secrets.accessToken === null) {
    const message = `${api.name} wants an access token beside the API key: enter both.`
    return { ok: false, code: 'secret_missing', message, total: null }
  }
  const http = openHttp(options)
  try {
    const campaigns = config.campaignIds.slice(0, MAX_CAMPAIGNS)
    let total: number | null = 0
    for (const campaignIds of campaigns.length === 0 ? [[]] : campaigns.map((id) => [id])) {
      const page = await firstAnswer(api, { ...config, campaignIds }, secrets, http, options.signal)
      total = total === null || page.total === null ? null : total + page.total
    }
    return { ok: true, code: null, message: successOf(api, campaigns.length, total), total }
  } catch (thrown) {
    const { code, message } = toFailure(thrown)
    return { ok: false, code, message, total: null }
  } finally {
    http.close()
  }
}

async function firstAnswer(
  api: VendorApi,
  config: VendorConfig,
  secrets: Secrets,
  http: ReturnType<typeof openHttp>,
  signal: AbortSignal | undefined,
): Promise<Extract<PageOutcome, { kind: 'page' }>> {
  let position = api.firstPage(config, {}, { fromMs: null, toMs: null, isTest: true })
  for (let answers = 0; answers < MAX_ANSWERS; answers++) {
    const request = {
      ...api.pageRequest(config, position),
      secretHeaders: api.secretHeaders(config, secrets),
      connectTimeoutMs: 8000,
      idleTimeoutMs: 20_000,
      totalTimeoutMs: 60_000,
      ...(signal === undefined ? {} : { signal }),
    }
    const response =
      api.pieces === null
        ? await http.fetchJson(request)
        : await http.fetchRows({
            ...request,
            paths: api.pieces.paths,
            // Rows are counted; what is in them is the sync's matter.
            onBegin: () => false,
            onRows: async () => undefined,
          })
    const outcome = api.readPage(config, position, response)
    if (outcome.kind === 'page') return outcome
    if (outcome.kind === 'failed') throw outcome.error
    position = outcome.next
  }
  throw new EarmarkError(
    'not_this_vendor',
    `${api.name} could not be recognised at ${config.baseUrl}. Check the base URL.`,
  )
}

function successOf(api: VendorApi, campaigns: number, total: number | null): string {
  const calls = total === null ? '' : `: ${total} ${total === 1 ? 'call' : 'calls'}`
  const where = campaigns === 0 ? '' : ` in ${campaigns} ${campaigns === 1 ? 'campaign' : 'campaigns'}`
  return `${api.name} answered${calls}${where}.`
}
