import { maskNumbers } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '../app/queries'

const asItIs = (text: string): string => text

/**
 * How texts that people wrote are shown: with numbers masked while the switch is on. What vendors say comes masked
 * already; these come as they are, because they are edited and written back.
 */
export const useShown = (): ((text: string) => string) =>
  useQuery(settingsQuery).data?.maskNumbers === true ? maskNumbers : asItIs
