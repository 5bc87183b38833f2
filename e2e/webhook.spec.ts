import { dirname } from 'node:path'
import { filesWith } from './files-with'
import { ask, callRow, connectProsper, expect, searchFor, test } from './fixtures'
import { sendTargetFinished, startProsperSimulator } from './vendors'

const HMAC = 'canary-signing-secret-7391'

test('a call that the vendor announces is in the list within seconds, without a sync', async ({
  launch,
  workspace,
}) => {
  const prosper = await startProsperSimulator({ calls: 5, campaigns: ['abc123'] })
  const secrets = [HMAC, prosper.apiKey]
  try {
    const first = await launch()
    const { page } = first
    await connectProsper(page, prosper)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Sync now', exact: true }).click()
    await expect(page.getByText('5 calls', { exact: true })).toBeVisible()
    const [connection] = await ask(page, 'connections', 'list', {})
    if (!connection) throw new Error('There is no connection.')
    const connectionId = connection.id
    const status = () => ask(page, 'webhooks', 'status', { connectionId })
    const listRequests = () =>
      prosper.requests.filter(({ path }) => path.endsWith('/campaigns/call-logs')).length

    expect(await status()).toMatchObject({ isEnabled: false, isListening: false, url: null })
    const { url } = await ask(page, 'webhooks', 'set', {
      connectionId,
      isEnabled: true,
      port: null,
      hmacSecret: HMAC,
      removeHmac: false,
    })
    if (url === null) throw new Error((await status()).problem ?? 'It does not listen.')
    secrets.push(url.slice(url.lastIndexOf('/') + 1))
    const announce = async (callLogId: number, { to = url, key = HMAC } = {}) => {
      const payload = { campaign_id: 'abc123', call_log_id: callLogId }
      return (await sendTargetFinished(to, payload, { hmac: { key } })).status
    }

    await expect
      .poll(async () => (await ask(page, 'connections', 'list', {}))[0]?.lastRun?.outcome)
      .toBe('done')
    const before = listRequests()
    const [added] = prosper.addCalls(1)
    if (!added) throw new Error('There is no new call.')
    expect(await announce(added.id)).toBe(202)
    await expect(page.getByText('6 calls', { exact: true })).toBeVisible({ timeout: 5_000 })
    expect(listRequests()).toBe(before)
    // It is a whole call: it opens, with its turns.
    await searchFor(page, 'date:last-7-days')
    await searchFor(page, '')
    await callRow(page).first().click()
    await expect(page.getByRole('region', { name: 'Transcript' })).toBeVisible()

    // What is not signed, or goes to another path, brings nothing.
    expect(await announce(added.id, { key: 'another-secret' })).toBe(401)
    expect(await announce(added.id, { to: url.slice(0, -1) })).toBe(404)
    await expect
      .poll(status)
      .toMatchObject({ accepted: 1, refused: 2, problem: expect.stringContaining('refused') })
    const [run] = await ask(page, 'sync', 'history', { connectionId, limit: 1 })
    expect(run).toMatchObject({ trigger: 'webhook', outcome: 'done', counts: { added: 1 } })

    // After a new start it listens at the same address again.
    await first.close()
    const second = await launch()
    await expect
      .poll(() => ask(second.page, 'webhooks', 'status', { connectionId }), { timeout: 15_000 })
      .toMatchObject({ isListening: true, url, hasHmac: true, accepted: 1 })
    const [next] = prosper.addCalls(1)
    if (!next) throw new Error('There is no new call.')
    expect(await announce(next.id)).toBe(202)
    await expect(second.page.getByText('7 calls', { exact: true })).toBeVisible({ timeout: 5_000 })
    // Quitting ends a connection that is kept open, and is quick about it.
    const startedMs = performance.now()
    await second.close()
    expect(performance.now() - startedMs).toBeLessThan(4_000)
    await expect(fetch(url, { method: 'POST', body: '{}' })).rejects.toThrow()

    for (const secret of secrets) expect(filesWith(dirname(workspace), [secret])).toEqual([])
  } finally {
    await prosper.close()
  }
})
