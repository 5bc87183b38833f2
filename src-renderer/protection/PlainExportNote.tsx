import { useQuery } from '@tanstack/react-query'
import { t } from '../app/words'
import { Banner } from '../ui'
import { protectionQuery } from './queries'

/** In a protected workspace: what leaves it is not encrypted. */
export function PlainExportNote() {
  const isProtected = useQuery(protectionQuery).data?.state === 'protected'
  return isProtected ? <Banner tone="info">{t('protection.export')}</Banner> : null
}
