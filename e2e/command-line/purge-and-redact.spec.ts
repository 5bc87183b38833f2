import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesWith } from '../files-with'
import { oldAndNewCall } from '../old-and-new-call'
import { readCsv } from './csv'
import { expect, test } from './terminal'

/** What keeps people in calls from being known for longer than they need to be. */

const WORD = 'kanarienvogel'

const callsFile = (folder: string): string =>
  oldAndNewCall(folder, 'At (415) 555-0123 or ada@example.org.', (isOld) => ({
    summary: isOld ? `An old call, of a ${WORD}.` : 'A new call.',
  }))

test.describe('old calls', () => {
  test('go for good behind a preview and --yes, with a record of it, and what was written on them stays', async ({
    earmark,
    folder,
  }) => {
    await earmark(['import', callsFile(folder)])
    await earmark(['annotate', '7001', '--label', 'Tone', '--reviewer', 'Ada', '--comment', 'Stays'])
    const old = ['purge', '--older-than', '30d'] as const

    const preview = await earmark([...old, '--preview', '--json'])
    expect(preview.code).toBe(0)
    expect(preview.json()).toMatchObject([{ type: 'preview', calls: 1, stays: 1, annotations: 1 }])
    const asked = await earmark(old)
    expect(asked.code).toBe(2)
    expect(asked.stdout).toContain('1 calls that began before')
    expect(asked.stdout).toContain('--yes')
    expect((await earmark(['show', '7001'])).code).toBe(0)

    const purged = await earmark([...old, '--yes', '--export-first', 'first.csv', '--json'])
    expect(purged.code).toBe(0)
    expect(purged.json().at(-1)).toMatchObject({
      type: 'purged',
      outcome: 'done',
      calls: 1,
      exportedRows: 1,
      by: 'command',
    })
    expect(readCsv(join(folder, 'first.csv'))).toMatchObject([{ call_id: '7001', comment: 'Stays' }])
    expect((await earmark(['show', '7001'])).code).not.toBe(0)
    expect((await earmark(['show', '7002'])).code).toBe(0)
    expect(filesWith(join(folder, 'workspace'), [WORD])).toEqual([])

    const history = await earmark(['purge', '--history', '--json'])
    expect(history.json()).toMatchObject([{ type: 'purged', id: 1, calls: 1, annotations: 'keep' }])
    expect((await earmark(['purge', '--ids', '1', '--json'])).json()).toHaveLength(1)
    await earmark(['export', 'annotations', '--out', 'after.csv'])
    expect(readCsv(join(folder, 'after.csv'))).toMatchObject([{ call_id: '7001', comment: 'Stays' }])
    expect((await earmark([...old, '--yes'])).stdout).toContain('No call began before')
  })

  test('are not touched by ages that are none', async ({ earmark, folder }) => {
    await earmark(['import', callsFile(folder)])
    for (const args of [
      [],
      ['--older-than', 'soon'],
      ['--older-than', '0d'],
      ['--older-than', '30d', '--annotations', 'burn'],
    ]) {
      const { code, stderr } = await earmark(['purge', ...args, '--yes'])
      expect(code).toBe(2)
      expect(stderr).toMatch(/--older-than|--annotations/)
    }
    expect((await earmark(['show', '7001'])).code).toBe(0)
  })
})

test.describe('redacted exports', () => {
  test('hold no number and no address, and say how many there were', async ({ earmark, folder }) => {
    await earmark(['import', callsFile(folder)])
    await earmark([
      ...['annotate', '7001', '--turn', '1', '--label', 'Tone', '--reviewer', 'Ada'],
      ...['--comment', 'Call +1 415 555 0199, card 4111 1111 1111 1111'],
    ])
    const { code, json } = await earmark(['export', 'annotations', '--redact', '--out', 'out.csv', '--json'])
    expect(code).toBe(0)
    expect(json().at(-1)).toMatchObject({ rows: 1, redacted: { phone: 2, card: 1, email: 1 } })
    const text = readFileSync(join(folder, 'out.csv'), 'utf8')
    expect(text).toContain('[phone]')
    for (const told of ['555', '4111', 'ada@example.org']) expect(text).not.toContain(told)
    const calls = await earmark(['export', 'calls', '--redact', '--out', 'calls.csv'])
    expect(calls.code).toBe(0)
    expect(readFileSync(join(folder, 'calls.csv'), 'utf8')).not.toContain('555')
  })
})
