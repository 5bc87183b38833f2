import { type Contract, type Handlers, Repaired, type Result, Trouble, unwrap } from '@contract'
import { app, dialog } from 'electron'
import { z } from 'zod'
import type { KeptBackend } from '../backend/keep-backend'
import type { ShellContext } from './handlers'

type AskRepair = (call: 'examine' | 'repair' | 'openBackup', input: object) => Promise<Result<unknown>>

/** What can be done about a workspace that can't be used. */
export function troubleHandlers(
  { workspaceRoot, window }: Pick<ShellContext, 'workspaceRoot' | 'window'>,
  backend: KeptBackend,
  ask: AskRepair,
): Handlers<Contract['trouble']> {
  return {
    look: async () => {
      const problem = await backend.problem()
      // Met in the middle of the work, damage is looked for as well.
      if (problem !== null && problem.code !== 'database_damaged')
        return { code: problem.code, message: problem.message, databases: [] }
      const databases = Trouble.shape.databases.parse(unwrap(await ask('examine', {})))
      const isSound = databases.every((one) => one.problem === null)
      if (problem === null && isSound) return null
      const found = databases.find((one) => one.problem !== null)
      const message = problem?.message ?? `${found?.name} is damaged: ${found?.problem}.`
      return { code: 'database_damaged', message, databases }
    },
    repair: () => backend.apart(async () => z.array(Repaired).parse(unwrap(await ask('repair', {})))),
    openBackup: ({ name }) =>
      backend.apart(async () => Repaired.parse(unwrap(await ask('openBackup', { name })))),
    retry: async () => {
      await backend.apart(async () => undefined)
      const problem = await backend.problem()
      if (problem !== null) throw problem
      return {}
    },
    chooseOther: async () => {
      const answer = await dialog.showOpenDialog(window(), {
        title: 'Choose another workspace',
        message: 'A folder that Earmark has used, or an empty one',
        buttonLabel: 'Open',
        defaultPath: workspaceRoot,
        properties: ['openDirectory', 'createDirectory'],
      })
      const [folder] = answer.filePaths
      if (answer.canceled || folder === undefined) return null
      app.relaunch({ args: [...argumentsWithoutWorkspace(process.argv.slice(1)), '--workspace', folder] })
      app.quit()
      return {}
    },
  }
}

/** The program's own arguments, for its next start. */
export function argumentsWithoutWorkspace(args: readonly string[]): string[] {
  const at = args.indexOf('--workspace')
  const rest = at < 0 ? args : args.toSpliced(at, 2)
  return rest.filter((one) => !one.startsWith('--workspace='))
}
