import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ANNOTATION_HEADER, CALL_HEADER, readCsv } from './csv'
import { expect, test } from './terminal'

/** What reviewers write, and the CSV it leaves as. */

test.describe('annotate and export', () => {
  test('an annotation on the call, a turn and a time leave as CSV as they were written', async ({
    earmark,
    importSample,
    folder,
  }) => {
    importSample()
    const write = async (...args: string[]) => {
      const { code, json } = await earmark(['annotate', '12345', ...args, '--json'])
      expect(code).toBe(0)
      const [line] = json()
      expect(line).toMatchObject({ type: 'annotated', status: 'anchored' })
      return line
    }
    const onCall = await write('--label', 'Tone', '--reviewer', 'Ada', '--comment', '=1+1, "so" they say')
    const onTurn = await write(
      '--label',
      'Missed intent',
      '--reviewer',
      'Ada',
      '--turn',
      '1',
      '--severity',
      'major',
    )
    const onTime = await write('--label', 'Tone', '--reviewer', 'Béla 🎧', '--start', '1.5', '--end', '2.25')

    const { code, json } = await earmark(['export', 'annotations', '--out', 'all.csv', '--json'])
    expect(code).toBe(0)
    expect(json().at(-1)).toEqual({
      type: 'done',
      path: join(folder, 'all.csv'),
      rows: 3,
      redacted: null,
      isMasked: false,
    })
    const text = readFileSync(join(folder, 'all.csv'), 'utf8')
    expect(text.split('\r\n')[0]).toBe(ANNOTATION_HEADER)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    const rows = readCsv(join(folder, 'all.csv'))
    const byId = new Map(rows.map((row) => [row.annotation_id, row]))
    expect(byId.get(String(onCall?.id))).toMatchObject({
      schema_version: '1',
      vendor: 'prosper',
      campaign_id: 'abc123',
      call_id: '12345',
      call_started_at: '2024-01-15T10:30:00.000Z',
      turn_index: '',
      turn_text: '',
      quote: '',
      start_s: '',
      label: 'Tone',
      severity: '',
      comment: '\'=1+1, "so" they say',
      reviewer: 'Ada',
      created_at: onCall?.createdAt,
      status: 'anchored',
    })
    expect(byId.get(String(onTurn?.id))).toMatchObject({
      turn_index: '1',
      turn_speaker: 'caller',
      turn_text: "Hi, I'm interested in...",
      start_s: '3.5',
      end_s: '180',
      timing_source: 'vendor',
      label: 'Missed intent',
      severity: 'major',
    })
    expect(byId.get(String(onTime?.id))).toMatchObject({
      start_s: '1.5',
      end_s: '2.25',
      timing_source: 'manual',
      reviewer: 'Béla 🎧',
    })
  })

  test('the calls leave as CSV with their annotations and reviews counted', async ({
    earmark,
    importSample,
    folder,
  }) => {
    importSample()
    for (const label of ['Tone', 'Missed intent', 'Tone'])
      await earmark(['annotate', '12345', '--label', label, '--reviewer', 'Ada'])
    expect((await earmark(['export', 'calls', '--out', 'calls.csv'])).code).toBe(0)
    expect(readFileSync(join(folder, 'calls.csv'), 'utf8').split('\r\n')[0]).toBe(CALL_HEADER)
    const rows = readCsv(join(folder, 'calls.csv'))
    const [found] = (await earmark(['search', '', '--json'])).json()
    expect(rows).toHaveLength(Number(found?.total))
    expect(rows.find((row) => row.call_id === '12345')).toMatchObject({
      started_at: '2024-01-15T10:30:00.000Z',
      duration_s: '180',
      turn_count: '2',
      recording_state: 'ready',
      annotation_count: '3',
      labels: 'Missed intent; Tone',
      reviewed_by: '',
    })
    // Malakai gives no dates: when a call was first seen is not when it was made.
    expect(rows.filter((row) => row.vendor === 'malakai').every((row) => row.started_at === '')).toBe(true)
  })

  test('--query, --bom and --raw do what they say', async ({ earmark, importSample, folder }) => {
    importSample()
    await earmark(['annotate', '12345', '--label', '=cmd', '--reviewer', 'Ada'])
    await earmark(['annotate', '31001', '--label', 'Tone', '--reviewer', 'Ada'])
    const out = join(folder, 'a.csv')
    await earmark(['export', 'annotations', '--out', out, '--query', 'campaign:abc123', '--raw', '--bom'])
    expect([...readFileSync(out).subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(readCsv(out).map((row) => row.label)).toEqual(['=cmd'])
    await earmark(['export', 'annotations', '--out', out])
    expect(readFileSync(out, 'utf8').startsWith('schema_version,')).toBe(true)
    expect(
      readCsv(out)
        .map((row) => row.label)
        .sort(),
    ).toEqual(["'=cmd", 'Tone'])
    await earmark(['export', 'calls', '--out', out, '--query', 'campaign:abc123'])
    expect(readCsv(out).map((row) => row.call_id)).toEqual(['12345'])
  })

  test('a place that can not be written is named, and nothing is left beside it', async ({
    earmark,
    folder,
  }) => {
    mkdirSync(join(folder, 'out'))
    for (const out of ['out', 'nowhere/a.csv']) {
      const { code, stderr } = await earmark(['export', 'calls', '--out', out])
      expect(code).toBe(1)
      expect(stderr).toContain(join(folder, out))
    }
    expect(readdirSync(join(folder, 'out'))).toEqual([])
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })
})
