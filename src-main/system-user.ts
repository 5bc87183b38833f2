import { userInfo } from 'node:os'

/** Who is logged in here; '' on systems that have no entry for the user. */
export function systemUserName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
