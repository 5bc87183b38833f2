import { describe, expect, it } from 'vitest'
import { dataRoot, defaultWorkspace, profileFolder, sameForSystem } from './default-workspace'

describe('the data folder', () => {
  it('follows XDG_DATA_HOME, and ignores a relative one as the specification asks', () => {
    expect(dataRoot({ XDG_DATA_HOME: '/data' }, 'linux')).toBe('/data/earmark')
    expect(dataRoot({ XDG_DATA_HOME: 'data' }, 'linux')).toMatch(/\.local\/share\/earmark$/)
  })

  it("is the platform's own on Windows and macOS", () => {
    expect(dataRoot({ LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' }, 'win32')).toBe(
      'C:\\Users\\a\\AppData\\Local\\Earmark',
    )
    expect(dataRoot({}, 'win32')).toMatch(/\\AppData\\Local\\Earmark$/)
    expect(dataRoot({}, 'darwin')).toMatch(/Application Support\/Earmark$/)
  })

  it('keeps one browser profile a workspace, outside of it', () => {
    const one = profileFolder('/data/one')
    expect(one).toBe(profileFolder('/data/one/'))
    expect(one).not.toBe(profileFolder('/data/two'))
    expect(profileFolder(defaultWorkspace())).not.toContain('profiles')
  })

  it('is the same for two spellings of a workspace where the system knows no case', () => {
    expect(sameForSystem('C:\\Data\\One', 'win32')).toBe(sameForSystem('c:\\data\\one', 'win32'))
    expect(sameForSystem('/Data', 'darwin')).toBe(sameForSystem('/data', 'darwin'))
    expect(sameForSystem('/Data', 'linux')).not.toBe(sameForSystem('/data', 'linux'))
  })
})
