/** The system's (or a library's) short word for what went wrong, "ENOENT"; '' where an error has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** A file or folder is not there. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'
