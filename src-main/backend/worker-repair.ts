import { repairTables } from './tables-repair'
import { startWorker } from './worker'

startWorker(repairTables)
