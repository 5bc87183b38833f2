import { audioTables } from './tables-audio'
import { startWorker } from './worker'

startWorker(audioTables, { yields: true })
