import { lifeAndCombinations } from './cases-life'
import { recordingCases } from './cases-recordings'
import { sample } from './playing'

sample('the cache equals the vendor whatever happened meanwhile:', lifeAndCombinations)
sample('recordings are the vendor’s, byte for byte:', recordingCases)
