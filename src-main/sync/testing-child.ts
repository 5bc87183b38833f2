/** A process of its own that syncs one connection, for tests that kill it: `node child.mjs WORKSPACE ID KEY`. */
import { openCallsForWriting, workspacePaths } from '../db/workspace'
import { openSyncEngine } from './engine'
import { memorySecrets, QUICK_RETRY } from './testing'

const [root = '', connectionId = '', apiKey = ''] = process.argv.slice(2)
const paths = workspacePaths(root)
const db = openCallsForWriting(paths)
const engine = openSyncEngine(
  {
    db,
    paths,
    secrets: memorySecrets(),
    emit: (event) => {
      if (event.type === 'sync.progress') process.stdout.write(`${event.progress.done}\n`)
    },
    loopbackOnly: true,
    sampleFolder: '',
    appVersion: '0.0.0',
    program: 'The child',
  },
  QUICK_RETRY,
)
await engine.start(connectionId, { recordings: 'all', secrets: { apiKey, accessToken: null } }).ended
db.close()
