import { join } from 'node:path'
import { app } from 'electron'
import log from 'electron-log/main'
import { redact } from './redact'

/** Writes a small, redacted log file in the profile's folder; nothing leaves the computer. */
export function startLog(): typeof log {
  log.transports.file.resolvePathFn = () => join(app.getPath('userData'), 'logs', 'main.log')
  log.transports.file.level = 'info'
  log.transports.file.maxSize = 1024 * 1024
  log.transports.console.level = 'warn'
  log.hooks.push((message) => ({
    ...message,
    data: message.data.map((part: unknown) =>
      redact(
        part instanceof Error
          ? `${part.name}: ${part.message}`
          : typeof part === 'string'
            ? part
            : JSON.stringify(part),
      ),
    ),
  }))
  return log
}
