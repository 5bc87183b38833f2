import { reviewsTables } from './tables'
import { startWorker } from './worker'

startWorker(reviewsTables)
