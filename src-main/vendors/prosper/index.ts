import type { VendorApi } from '../vendor'
import { details } from './details'
import { firstPage, pageRequest, problemWith, readPage } from './listing'
import { parse, recognise } from './parse'

/** Prosper AI: lists by page, then each call in full. */
export const prosper: VendorApi = {
  kind: 'prosper',
  name: 'Prosper AI',
  defaultBaseUrl: 'https://voice.getprosperapp.com',
  needs: { accessToken: false, campaignIds: 'optional' },
  problemWith,
  secretHeaders: ({ settings }, { apiKey }) => ({ [settings.authHeader]: `${settings.authPrefix}${apiKey}` }),
  firstPage,
  pageRequest,
  readPage,
  pieces: null,
  details,
  campaigns: null,
  recognise,
  parse,
}
