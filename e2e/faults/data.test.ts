import { expect, test } from 'vitest'
import { cases } from './cases'
import { dataCases } from './cases-data'
import { sample } from './playing'

sample('the cache equals the vendor whatever its answers say:', dataCases)

test('cases are told apart by their names, and there are at least sixty', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  expect(cases.length).toBeGreaterThanOrEqual(60)
})
