import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, SAMPLE_FILES, test } from './terminal'

/** Files of calls, read in. */

test.describe('import', () => {
  test('reads the sample, tells how many, and finds nothing new the second time', async ({ earmark }) => {
    const first = await earmark(['import', ...SAMPLE_FILES, '--json'])
    expect(first.code).toBe(0)
    const done = first.json().at(-1)
    expect(done).toMatchObject({ type: 'done', files: SAMPLE_FILES.length, quarantined: 0 })
    const added = Number(done?.added)
    expect(added).toBeGreaterThanOrEqual(24)
    expect(Number(done?.recordings)).toBeGreaterThanOrEqual(20)
    expect(first.json().every((line) => line.type === 'import.progress' || line.type === 'done')).toBe(true)

    const second = await earmark(['import', ...SAMPLE_FILES, '--json'])
    expect(second.json().at(-1)).toMatchObject({ added: 0, updated: 0, recordings: 0, quarantined: 0 })
    expect(Number(second.json().at(-1)?.unchanged)).toBeGreaterThanOrEqual(added)
    const [found] = (await earmark(['search', '', '--json'])).json()
    expect(found?.total).toBe(added)
  })

  test('of what is no vendor data fails, names the file, and leaves nothing', async ({ earmark, folder }) => {
    writeFileSync(join(folder, 'recipe.json'), '{"flour": "500 g"}')
    for (const name of ['recipe.json', 'missing.json']) {
      const { code, stderr, json } = await earmark(['import', name, '--json'])
      expect(code).toBe(1)
      expect(stderr).toContain(name)
      expect(json().at(-1)).toMatchObject({ type: 'error' })
    }
    expect((await earmark(['search', '', '--json'])).json()[0]).toMatchObject({ total: 0, calls: [] })
  })

  test('with a record that can not be read keeps the others and exits 3', async ({ earmark, folder }) => {
    const good = { call_log_id: 1, status: 'completed', duration: 5, transcript: [] }
    writeFileSync(join(folder, 'lines.jsonl'), `${JSON.stringify(good)}\n{"broken": \n`)
    const { code, json } = await earmark(['import', 'lines.jsonl', '--json'])
    expect(code).toBe(3)
    expect(json().at(-1)).toMatchObject({ type: 'done', added: 1, quarantined: 1 })
  })
})
