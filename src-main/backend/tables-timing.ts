import { openBothForReading } from '../db/workspace'
import { packetDecoderOn } from '../recordings/chromium-decoder'
import { listeningHandlers } from '../timing/listening-handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Listens to recordings, one after the other, for as long as it takes: nobody waits for it. */
export function timingTables({ paths, decoderLine }: WorkerContext): Served {
  const db = openBothForReading(paths)
  const packetDecoder = decoderLine ? packetDecoderOn(decoderLine) : null
  const { close, ...timing } = listeningHandlers({ db, paths, packetDecoder })
  return {
    tables: { timing },
    close: () => {
      close()
      decoderLine?.close()
      db.close()
    },
  }
}
