import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Checks, expect, test } from './terminal'

/** How it is called: help, wrong use, a workspace that is none. */

test.describe('how it is called', () => {
  test('--help exits 0 and names every command, the exit codes and the environment', async ({ earmark }) => {
    const { code, stdout, stderr } = await earmark(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of ['connect', 'sync', 'import', 'search', 'show', 'annotate', 'export', 'doctor'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    for (const word of ['--workspace', '--json', 'EARMARK_API_KEY', 'EARMARK_ACCESS_TOKEN', 'quarantined'])
      expect(stdout).toContain(word)
  })

  test('every command tells its options with --help', async ({ earmark }) => {
    const expected: Record<string, string[]> = {
      connect: ['--name', '--url', '--campaign', '--dialect', '--rate', '--concurrency', '--test'],
      sync: ['--recordings', '--secrets-from-env'],
      import: ['files'],
      search: ['--limit', '--sort', 'after --'],
      show: ['call'],
      annotate: ['--label', '--turn', '--start', '--end', '--severity', '--comment', '--reviewer'],
      export: ['--out', '--query', '--bom', '--raw'],
      doctor: ['--repair'],
    }
    for (const [command, words] of Object.entries(expected)) {
      const { code, stdout } = await earmark([command, '--help'])
      expect(code, command).toBe(0)
      for (const word of [...words, '--workspace', '--json']) expect(stdout, command).toContain(word)
    }
  })

  test('what is given wrongly is said on stderr and is exit code 2, with --json too', async ({
    earmark,
    importSample,
  }) => {
    // A process for each.
    test.slow()
    importSample()
    const wrong: [string[], RegExp][] = [
      [['nosuch'], /nosuch/],
      [[], /Usage/],
      [['search'], /query/],
      [['search', 'x', '--nosuch'], /--nosuch/],
      [['search', 'a', 'b'], /argument/],
      [['search', 'x', '--limit', '-1'], /--limit/],
      [['search', 'x', '--sort', 'best'], /--sort/],
      [['search', 'x', '--workspace', ''], /--workspace/],
      [['connect', 'other', '--name', 'A', '--url', 'http://127.0.0.1:1'], /prosper or malakai/],
      [['connect', 'prosper', '--name', 'A', '--url', 'not-an-address'], /address/],
      [['connect', 'prosper', '--name', 'A', '--url', 'http://127.0.0.1:1'], /[Ss]tandard input/],
      [['sync', '--recordings', 'some'], /--recordings/],
      [['annotate', '12345', '--reviewer', 'R'], /--label/],
      [['annotate', '12345', '--label', 'L'], /--reviewer/],
      [['annotate', '12345', '--label', ' ', '--reviewer', 'R'], /--label/],
      [['annotate', '12345', '--label', 'L', '--reviewer', ''], /--reviewer/],
      [
        ['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--severity', 'bad'],
        /minor, major or critical/,
      ],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--turn', '99'], /its turns are 0 to 1/],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--turn', 'x'], /--turn/],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '1'], /go together/],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '2', '--end', '2'], /after/],
      [
        ['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '1', '--end', '2', '--turn', '0'],
        /either/,
      ],
      [['annotate', '12345', '--label', 'L', '--reviewer', 'R', '--start', '1', '--end', '9999999'], /--end/],
      [['export', 'nothing', '--out', 'x.csv'], /annotations or calls/],
      [['export', 'calls'], /--out/],
    ]
    for (const [args, words] of wrong) {
      const { code, stderr, json } = await earmark([...args, '--json'])
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr, args.join(' ')).toMatch(words)
      for (const line of json()) expect(line).toMatchObject({ type: 'error', code: 'invalid_input' })
    }
    const { stdout } = await earmark(['export', 'annotations', '--out', 'all.csv'])
    expect(stdout).toMatch(/^0 rows/)
  })

  test('a workspace that can not be used is a sentence and exit code 1, and "doctor" still looks at it', async ({
    earmark,
    folder,
  }) => {
    mkdirSync(join(folder, 'workspace'))
    writeFileSync(join(folder, 'workspace', 'reviews.db'), 'no database at all '.repeat(100))
    const { code, stderr, stdout } = await earmark(['search', 'x'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^earmark: reviews\.db is damaged: .*backups.*doctor --repair/)
    const doctor = await earmark(['doctor', '--json'])
    expect(doctor.code).toBe(1)
    const [line] = doctor.json()
    const checks = Checks.parse(line?.checks)
    expect(checks.find((one) => one.name === 'reviews.db')).toMatchObject({
      ok: false,
      whatToDo: expect.stringContaining('backups'),
    })
    expect(checks.find((one) => one.name === 'Node')).toMatchObject({ ok: true })
    const [repaired] = (await earmark(['doctor', '--repair', '--json'])).json()
    expect(repaired).toMatchObject({ type: 'repaired', name: 'reviews.db', rows: 0 })
    expect(readFileSync(String(repaired?.keptAs), 'utf8')).toMatch(/^no database at all /)
    expect((await earmark(['search', 'x'])).code).toBe(0)
  })
})
