import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './terminal'

test('a workspace is moved in one file, and never over another one', async ({
  earmark,
  folder,
  importSample,
}) => {
  importSample()
  const written = await earmark(['annotate', '31001', '--turn', '0', '--label', 'Moved', '--reviewer', 'Ana'])
  expect(written.code).toBe(0)
  const made = await earmark(['backup', 'earmark.zip'])
  expect(made.code).toBe(0)
  expect(made.stdout).toMatch(
    /earmark\.zip, [\d.]+ MB: 1 annotations, 32 calls.* is whole\. The keys .* not in it/,
  )
  expect(made.stderr).toContain('Checking … 100 %')

  const moved = await earmark(['restore', 'earmark.zip', '--workspace', 'laptop', '--json'])
  expect(moved.code).toBe(0)
  expect(moved.json().at(-1)).toMatchObject({ type: 'done', annotations: 1, calls: 32, setAside: null })
  const shown = await earmark(['show', '31001', '--workspace', 'laptop'])
  expect(shown.stdout).toContain('annotations: 1')

  const over = await earmark(['restore', 'earmark.zip', '--workspace', 'laptop'])
  expect(over.code).toBe(1)
  expect(over.stderr).toContain('is not empty, and restoring replaces nothing')
  const replaced = await earmark(['restore', 'earmark.zip', '--workspace', 'laptop', '--replace', '--json'])
  expect(replaced.code).toBe(0)
  expect(
    readdirSync(folder)
      .filter((name) => name.startsWith('laptop'))
      .sort(),
  ).toEqual(['laptop', expect.stringMatching(/^laptop set aside \d{4}-\d{2}-\d{2} \d{2}\.\d{2}$/)])

  writeFileSync(
    join(folder, 'half.zip'),
    readFileSync(join(folder, 'earmark.zip')).subarray(0, statSync(join(folder, 'earmark.zip')).size / 2),
  )
  const half = await earmark(['restore', 'half.zip', '--workspace', 'never'])
  expect(half.code).toBe(1)
  expect(half.stderr).toContain("can't be used as a backup")
  expect(readdirSync(folder)).not.toContain('never')
})
