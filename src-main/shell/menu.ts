import { app, Menu, type MenuItemConstructorOptions } from 'electron'

/**
 * The system's menu: what the platform expects, and commands of the renderer by their id (their keys are
 * bound there; a menu never performs anything that a command does not).
 */
export function installMenu(performCommand: (id: string) => void): void {
  const command = (label: string, id: string): MenuItemConstructorOptions => ({
    label,
    click: () => performCommand(id),
  })
  const isMac = process.platform === 'darwin'
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        command('Connections…', 'workspace.connections'),
        command('Sync now', 'workspace.sync'),
        command('Import files…', 'workspace.import'),
        command('Export…', 'workspace.export'),
        command('Backups…', 'workspace.backup'),
        { type: 'separator' },
        command('Settings…', 'workspace.settings'),
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } satisfies MenuItemConstructorOptions]),
      ],
    },
    { role: 'windowMenu' },
    {
      label: '&Help',
      submenu: [
        command('Keys', 'workspace.help'),
        command('Check for updates…', 'workspace.updates'),
        command('Save a report for support…', 'support.report'),
      ],
    },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
