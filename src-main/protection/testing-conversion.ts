/**
 * A process of its own that protects a workspace and removes the protection again, over and over, and says on stdout
 * when it begins and ends one: `node program.mjs WORKSPACE < key`. To be killed: by convert.test.ts.
 */
import { text } from 'node:stream/consumers'
import { convertWorkspace } from './convert'
import { newHeaderFor, readHeader } from './header'
import { WorkspaceKeys } from './keys'

const root = process.argv[2] ?? ''
const keys = new WorkspaceKeys(Buffer.from((await text(process.stdin)).trim(), 'hex'))
const { signal } = new AbortController()
for (;;) {
  const header = readHeader(root)
  const to = header?.state === 'protected' ? 'plain' : 'protected'
  process.stdout.write(`begin ${to}\n`)
  await convertWorkspace({
    root,
    keys,
    to,
    header: header ?? newHeaderFor(keys),
    signal,
    onProgress: () => {},
  })
  process.stdout.write(`end ${to}\n`)
}
