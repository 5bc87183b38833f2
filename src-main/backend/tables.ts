/** All workers' tables, for what runs them in one thread. A worker itself imports its own alone: it starts faster so. */
export { audioTables } from './tables-audio'
export { callsTables } from './tables-calls'
export { exportsTables } from './tables-exports'
export { reviewsTables } from './tables-reviews'
export { searchTables } from './tables-search'
export { timingTables } from './tables-timing'
