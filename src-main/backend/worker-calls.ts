import { callsTables } from './tables'
import { startWorker } from './worker'

startWorker(callsTables)
