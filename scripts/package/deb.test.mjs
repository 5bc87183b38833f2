import { describe, expect, it } from 'vitest'
import { control, desktopEntry } from './deb.mjs'

const linux = {
  name: 'earmark',
  maintainer: 'A <a@example.org>',
  homepage: 'https://example.org/',
  synopsis: 'review calls',
  description: 'Review calls. Offline.',
  folder: '/opt/Earmark',
  desktop: { Name: 'Earmark', MimeType: 'x-scheme-handler/earmark;' },
  depends: ['libgtk-3-0 | libgtk-3-0t64', 'libnss3'],
  recommends: ['xdg-utils'],
}

describe('a deb', () => {
  it('says what it is, what it needs, and which of its kind it takes the place of', () => {
    const text = control({
      linux,
      packageName: 'earmark-for-testing',
      version: '1.0.0',
      architecture: 'amd64',
      kibibytes: 7,
    })
    const fields = Object.fromEntries(
      text
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith(' '))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    expect(fields).toMatchObject({
      Package: 'earmark-for-testing',
      Version: '1.0.0',
      Architecture: 'amd64',
      'Installed-Size': '7',
      Depends: 'libgtk-3-0 | libgtk-3-0t64, libnss3',
      Conflicts: 'earmark, earmark-automation, earmark-for-testing-automation',
      Description: 'review calls',
    })
    expect(text.endsWith('\n')).toBe(true)
  })

  it('puts itself into the menu and answers links, with one address at a time as %U', () => {
    expect(desktopEntry(linux).split('\n')).toEqual(
      expect.arrayContaining([
        '[Desktop Entry]',
        'Exec=/opt/Earmark/earmark %U',
        'MimeType=x-scheme-handler/earmark;',
        'Icon=earmark',
        'Terminal=false',
      ]),
    )
  })
})
