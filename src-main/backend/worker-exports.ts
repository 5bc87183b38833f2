import { exportsTables } from './tables'
import { startWorker } from './worker'

startWorker(exportsTables)
