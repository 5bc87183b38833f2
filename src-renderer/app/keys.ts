import type { CommandSpec } from './commands'

/** The workspace's commands; the system's menu asks for them by the same ids. */
export const keys = [
  { id: 'workspace.palette', keys: ['$mod+k'], group: 'workspace', inTextFields: true },
  { id: 'workspace.help', keys: ['[Shift]+?'], group: 'workspace' },
  { id: 'workspace.sync', keys: ['$mod+Shift+s'], group: 'workspace', inTextFields: true },
  { id: 'workspace.export', keys: ['$mod+e'], group: 'workspace', inTextFields: true },
  { id: 'workspace.import', keys: ['$mod+o'], group: 'workspace', inTextFields: true },
  { id: 'workspace.connections', keys: ['$mod+Shift+c'], group: 'workspace', inTextFields: true },
  { id: 'workspace.connect', keys: [], group: 'workspace' },
  { id: 'workspace.quarantine', keys: [], group: 'workspace' },
  { id: 'workspace.reindex', keys: [], group: 'workspace' },
  { id: 'workspace.backup', keys: [], group: 'workspace' },
  { id: 'workspace.settings', keys: ['$mod+,'], group: 'workspace', inTextFields: true },
  { id: 'workspace.undo', keys: ['$mod+z'], group: 'workspace' },
  { id: 'workspace.panel', keys: ['$mod+\\'], group: 'workspace', inTextFields: true },
  { id: 'workspace.reveal', keys: [], group: 'workspace' },
  { id: 'workspace.updates', keys: [], group: 'workspace' },
] as const satisfies readonly CommandSpec[]
