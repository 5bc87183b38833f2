import { searchTables } from './tables'
import { startWorker } from './worker'

startWorker(searchTables)
