import { describe, expect, it } from 'vitest'
import { dataRoot, defaultWorkspace, profileFolder } from './default-workspace'

describe('the data folder', () => {
  it('follows XDG_DATA_HOME, and ignores a relative one as the specification asks', () => {
    expect(dataRoot({ XDG_DATA_HOME: '/data' }, 'linux')).toBe('/data/earmark')
    expect(dataRoot({ XDG_DATA_HOME: 'data' }, 'linux')).toMatch(/\.local\/share\/earmark$/)
  })

  it("is the platform's own on Windows and macOS", () => {
    expect(dataRoot({ LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' }, 'win32')).toContain('Earmark')
    expect(dataRoot({}, 'darwin')).toMatch(/Application Support\/Earmark$/)
  })

  it('keeps one browser profile a workspace, outside of it', () => {
    const one = profileFolder('/data/one')
    expect(one).toBe(profileFolder('/data/one/'))
    expect(one).not.toBe(profileFolder('/data/two'))
    expect(profileFolder(defaultWorkspace())).not.toContain('profiles')
  })
})
