import { transportCases } from './cases-transport'
import { sample } from './playing'

sample('the cache equals the vendor after an answer that came badly:', transportCases)
