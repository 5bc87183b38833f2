import { timingTables } from './tables-timing'
import { startWorker } from './worker'

startWorker(timingTables, { yields: true })
