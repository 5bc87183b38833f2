import { audioTables } from './tables'
import { startWorker } from './worker'

startWorker(audioTables)
