import { exportsTables } from './tables-exports'
import { startWorker } from './worker'

startWorker(exportsTables, { yields: true })
