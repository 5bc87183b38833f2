import { reviewsTables } from './tables-reviews'
import { startWorker } from './worker'

startWorker(reviewsTables)
