import { describe, expect, it } from 'vitest'
import { commandIn } from './command-in'

describe('a command in the application’s arguments', () => {
  it('is what stands behind --cli and --, as it was typed', () => {
    expect(
      commandIn(['/opt/Earmark/earmark', '--no-sandbox', '--cli', '--', 'search', '"a b"', '--json']),
    ).toEqual(['search', '"a b"', '--json'])
    expect(commandIn(['earmark', '--cli', '--', 'show', '--', '--cli'])).toEqual(['show', '--', '--cli'])
    expect(commandIn(['earmark', '--cli', '--'])).toEqual([])
  })

  it('is not there in what opens the window, whatever a link says', () => {
    expect(commandIn(['earmark'])).toBeNull()
    expect(commandIn(['earmark', '--cli'])).toBeNull()
    expect(commandIn(['earmark', 'earmark://search?q=--cli -- doctor'])).toBeNull()
    expect(commandIn(['earmark', '--workspace', 'a', '--', '--cli', '--', 'doctor'])).toBeNull()
  })
})
