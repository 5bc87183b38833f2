import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import type { Wrapped } from './ranges'
import { rememberWrapped } from './remember-wrapped'
import { testFolder } from './testing'

const folder = testFolder()
const wrapped: Wrapped = { mime: 'audio/mp4', head: new Uint8Array(8), start: 0, end: 1 }

it('a recording is read once for many requests, and again when it was replaced or had been forgotten', async () => {
  const asked: string[] = []
  const wrap = rememberWrapped(async (callId) => {
    asked.push(callId)
    return wrapped
  })
  const names = ['a', 'b', 'c', 'd']
  for (const name of names) await writeFile(folder.path(name), name)
  const ask = (name: string) => wrap(name, folder.path(name))

  expect(await Promise.all([ask('a'), ask('a')])).toEqual([wrapped, wrapped])
  await ask('b')
  await ask('a')
  expect(asked).toEqual(['a', 'b'])
  await ask('c')
  await ask('d')
  await ask('a')
  expect(asked).toEqual(['a', 'b', 'c', 'd'])
  await ask('b')
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'b'])
  await writeFile(folder.path('b'), 'longer')
  await ask('b')
  expect(asked.at(-1)).toBe('b')
  expect(asked.length).toBe(6)
  expect(await wrap('none', folder.path('none'))).toBeNull()
})

it('a recording that could not be read is served as it is, and read at the next request', async () => {
  await writeFile(folder.path('e'), 'e')
  let fails = true
  const wrap = rememberWrapped(async () => {
    if (fails) throw new Error('EIO')
    return wrapped
  })
  expect(await wrap('e', folder.path('e'))).toBeNull()
  fails = false
  expect(await wrap('e', folder.path('e'))).toEqual(wrapped)
})
