import type { FaultCase } from './case'
import { dataCases } from './cases-data'
import { lifeAndCombinations } from './cases-life'
import { recordingCases } from './cases-recordings'
import { transportCases } from './cases-transport'

/** The fault matrix: every case by its name. */
export const cases: readonly FaultCase[] = [
  ...transportCases,
  ...dataCases,
  ...lifeAndCombinations,
  ...recordingCases,
]
