import { searchTables } from './tables-search'
import { startWorker } from './worker'

startWorker(searchTables)
