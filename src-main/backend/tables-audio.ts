import { openCallsForReading } from '../db/workspace'
import { packetDecoderOn } from '../recordings/chromium-decoder'
import { audioHandlers } from '../recordings/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Decodes. */
export function audioTables({ paths, emit, decoderLine }: WorkerContext): Served {
  const db = openCallsForReading(paths)
  const packetDecoder = decoderLine ? packetDecoderOn(decoderLine) : null
  return {
    tables: { recordings: { ...audioHandlers(db, paths, { emit, packetDecoder }) } },
    close: () => {
      decoderLine?.close()
      db.close()
    },
  }
}
