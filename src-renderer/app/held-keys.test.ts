import { afterEach, describe, expect, it } from 'vitest'
import { type CommandSpec, holdKeys, pressed, registerCommands, releaseKeys } from './commands'

const toggle: CommandSpec = { id: 'player.toggle', keys: ['Space'], group: 'listen' }
const next: CommandSpec = { id: 'calls.next', keys: ['.'], group: 'find' }

let stop = () => {}
afterEach(() => {
  releaseKeys({ drop: true })
  stop()
})
const commands = (done: string[], ...specs: CommandSpec[]) => {
  stop()
  stop = registerCommands(specs.map((spec) => ({ ...spec, perform: () => void done.push(spec.id) })))
}

describe('keys that are pressed while a call is on its way', () => {
  it('are performed when it is there, in order, once', () => {
    const done: string[] = []
    holdKeys((spec) => spec.group === 'listen')
    expect(pressed(toggle)).toBe(true)
    expect(pressed(toggle)).toBe(true)
    commands(done, toggle)
    expect(done).toEqual([])
    releaseKeys()
    releaseKeys()
    expect(done).toEqual(['player.toggle', 'player.toggle'])
  })

  it('do not wait when they are not for it', () => {
    const done: string[] = []
    commands(done, next)
    holdKeys((spec) => spec.group === 'listen')
    expect(pressed(next)).toBe(true)
    expect(done).toEqual(['calls.next'])
  })

  it('are forgotten when another call is chosen, or none comes', () => {
    const done: string[] = []
    commands(done, toggle)
    holdKeys((spec) => spec.group === 'listen')
    pressed(toggle)
    holdKeys((spec) => spec.group === 'listen')
    releaseKeys()
    holdKeys((spec) => spec.group === 'listen')
    pressed(toggle)
    releaseKeys({ drop: true })
    expect(done).toEqual([])
  })

  it('are not more than a hand presses', () => {
    const done: string[] = []
    commands(done, toggle)
    holdKeys(() => true)
    for (let n = 0; n < 1000; n++) pressed(toggle)
    releaseKeys()
    expect(done).toHaveLength(20)
  })
})

describe('a key whose command is not there', () => {
  it('does nothing', () => {
    expect(pressed(toggle)).toBe(false)
  })
})
