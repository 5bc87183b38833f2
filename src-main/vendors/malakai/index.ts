import type { VendorApi } from '../vendor'
import { campaigns } from './campaigns'
import { firstPage, pageRequest, pieces, problemWith, readPage } from './listing'
import { parse, recognise } from './parse'

/** Malakai: one answer a campaign, with everything in it; two secrets. */
export const malakai: VendorApi = {
  kind: 'malakai',
  name: 'Malakai',
  defaultBaseUrl: 'https://api.getmalakai.com',
  needs: { accessToken: true, campaignIds: 'required' },
  problemWith,
  secretHeaders: (_config, { apiKey, accessToken }) => ({
    Authorization: `Bearer ${apiKey}`,
    ...(accessToken === null ? {} : { 'x-access-token': accessToken }),
  }),
  firstPage,
  pageRequest,
  readPage,
  pieces,
  details: null,
  campaigns,
  recognise,
  parse,
}
