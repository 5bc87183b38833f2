/** Backs up or restores, and says so: `node program.mjs backup|restore|replace WORKSPACE FILE`; for kill.test.ts. */
import { workspacePaths } from '../db/workspace'
import { exchangeWorkspace } from './exchange'
import { restoreBackup, unpackBackup } from './restore-backup'
import { writeBackup } from './write-backup'

const [what, root = '', file = ''] = process.argv.slice(2)
process.stdout.write('begun\n')
if (what === 'backup')
  await writeBackup(workspacePaths(root), file, {
    withRecordings: true,
    appVersion: '0.0.0',
    nowMs: Date.now(),
  })
else if (what === 'restore') await restoreBackup(file, root)
else {
  const { folder } = await unpackBackup(file, root)
  exchangeWorkspace(root, folder, Date.now())
}
process.stdout.write('done\n')
