import log from 'electron-log/main'
import { logFile } from '../support/logs'
import { redactMessage } from '../support/redact'

/**
 * Writes a small, redacted log file in the profile's folder; nothing leaves the computer. Of an error its name and
 * message are written, without what it quotes; of anything else than an error or a text, nothing: it might be a call.
 */
export function startLog(workspaceRoot: string): typeof log {
  log.transports.file.resolvePathFn = () => logFile(workspaceRoot)
  log.transports.file.level = 'info'
  log.transports.file.maxSize = 1024 * 1024
  log.transports.console.level = 'warn'
  log.hooks.push((message) => ({ ...message, data: message.data.map(loggable) }))
  return log
}

const loggable = (part: unknown): string => {
  if (part instanceof Error) return redactMessage(`${part.name}: ${part.message}`)
  return typeof part === 'string' ? redactMessage(part) : `(${typeof part})`
}
