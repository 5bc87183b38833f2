import { callsTables } from './tables-calls'
import { startWorker } from './worker'

startWorker(callsTables, { yields: true })
