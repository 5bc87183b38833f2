import { describe, expect, it } from 'vitest'
import { keyParts } from '../ui/key-names'
import { allKeys } from './all-keys'
import { COMMAND_GROUPS, type CommandSpec, keyConflicts } from './commands'
import { hasWords, mergeWords } from './words'

const spec = (id: string, ...keys: string[]): CommandSpec => ({ id, keys, group: 'find' })

describe('the commands of all features', () => {
  it('are found in the files of the features', () => {
    const ids = allKeys.map((command) => command.id)
    expect(ids).toContain('search.focus')
    expect(ids).toContain('workspace.palette')
    expect(ids).toContain('player.toggle')
  })

  it('never share a key', () => {
    expect(keyConflicts(allKeys)).toEqual([])
  })

  it('never share an id', () => {
    const ids = allKeys.map((command) => command.id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('all have words to be listed by', () => {
    expect(allKeys.map((command) => `commands.${command.id}`).filter((key) => !hasWords(key))).toEqual([])
    for (const group of COMMAND_GROUPS) expect(hasWords(`app.groups.${group}`)).toBe(true)
  })

  it('take no plain letter while somebody types', () => {
    const plain = allKeys.filter(
      (command) => command.inTextFields && command.keys.some((key) => key.length === 1),
    )
    expect(plain).toEqual([])
  })
})

describe('two commands on one key', () => {
  it('are noticed, in whatever case it is written', () => {
    expect(keyConflicts([spec('a', 'k'), spec('b', 'K'), spec('c', '$mod+k')])).toEqual(['k: a, b'])
  })
})

describe('a key', () => {
  it('is printed as it stands on the keyboard', () => {
    expect(keyParts('$mod+k', false)).toEqual(['Ctrl', 'K'])
    expect(keyParts('$mod+Shift+s', true)).toEqual(['⌘', '⇧', 'S'])
    expect(keyParts('[Shift]+?', false)).toEqual(['?'])
    expect(keyParts('Shift+a', false)).toEqual(['Shift', 'A'])
    expect(keyParts('$mod+,', false)).toEqual(['Ctrl', ','])
    expect(keyParts('/', false)).toEqual(['/'])
  })
})

describe('the words', () => {
  it('of several files are one tree, in which no key stands twice', () => {
    expect(mergeWords([{ commands: { a: 'A' } }, { commands: { b: 'B' } }])).toEqual({
      commands: { a: 'A', b: 'B' },
    })
    expect(() => mergeWords([{ commands: { a: 'A' } }, { commands: { a: 'B' } }])).toThrow(/commands\.a/)
  })
})
