/** The process that kill.test.ts kills. */
import { type KillMode, runKillChild, Work } from './kill-child'

const [mode = '', root = '', work = '{}'] = process.argv.slice(2)
await runKillChild(mode as KillMode, root, Work.parse(JSON.parse(work)))
