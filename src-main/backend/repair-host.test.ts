import { expect, it } from 'vitest'
import { keepRepairWorker } from './repair-host'

/** Answers which thread it is; dies of "die". */
const SOURCE = `
  import { parentPort, threadId } from 'node:worker_threads'
  parentPort.postMessage({ type: 'ready' })
  parentPort.on('message', ({ type, id, call }) => {
    if (type === 'close') process.exit()
    if (call === 'die') throw new Error('dead')
    parentPort.postMessage({ type: 'answer', id, result: { ok: true, value: threadId } })
  })`

it('one worker answers every question, another one when it has died or the workspace has another key', async () => {
  let masterKey: Uint8Array | null = null
  const repair = keepRepairWorker({
    file: new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`),
    data: () => ({ workspaceRoot: '', sampleFolder: '', appVersion: '', loopbackOnly: true, masterKey }),
    onEvent: () => undefined,
  })
  const ask = (call: string) => repair.ask('repair', call, {})
  const [first, second] = await Promise.all([ask('examine'), ask('examine')])
  expect(first).toMatchObject({ ok: true })
  expect(second).toEqual(first)
  expect(await ask('examine')).toEqual(first)
  expect(await ask('die')).toMatchObject({ ok: false, code: 'internal' })
  const other = await ask('examine')
  expect(other).toMatchObject({ ok: true })
  expect(other).not.toEqual(first)
  masterKey = new Uint8Array(32)
  const third = await ask('examine')
  expect(third).toMatchObject({ ok: true })
  expect(third).not.toEqual(other)
  expect(await ask('examine')).toEqual(third)
  await repair.close()
})
