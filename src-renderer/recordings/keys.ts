import type { CommandSpec } from '../app/commands'

/** What is done with recordings as files. */
export const keys = [
  { id: 'recordings.keep', keys: ['Shift+k'], group: 'listen' },
  { id: 'recordings.keepFound', keys: [], group: 'find' },
  { id: 'recordings.letGoFound', keys: [], group: 'find' },
  { id: 'recordings.download', keys: [], group: 'workspace' },
  { id: 'recordings.settings', keys: [], group: 'workspace' },
] as const satisfies readonly CommandSpec[]
