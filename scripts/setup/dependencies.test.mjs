import { describe, expect, it } from 'vitest'
import { compareLocks } from './dependencies.mjs'

const linux = { platform: 'linux', arch: 'x64', libc: 'glibc' }
const packages = {
  '': { name: 'earmark' },
  'node_modules/plain': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/plain/node_modules/@scope/inner': { version: '2.0.0', integrity: 'sha512-b' },
  'node_modules/bind-linux-glibc': {
    version: '3.0.0',
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['glibc'],
  },
  'node_modules/bind-linux-musl': {
    version: '3.0.0',
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
  },
  'node_modules/bind-mac': { version: '3.0.0', optional: true, os: ['darwin'], cpu: ['arm64'] },
  'node_modules/not-windows': { version: '4.0.0', optional: true, os: ['!win32'] },
  'node_modules/anywhere': { version: '5.0.0', optional: true },
}
const lock = { packages }

/** What npm puts on this machine, with changes: a path's entry replaced, or taken out by null. */
function installed(changes = {}) {
  const here = { ...packages, ...changes }
  for (const path of ['', 'node_modules/bind-linux-musl', 'node_modules/bind-mac']) delete here[path]
  for (const [path, entry] of Object.entries(here)) if (entry === null) delete here[path]
  return { packages: here }
}

describe('whether node_modules is what the lockfile describes', () => {
  it('finds no difference where every package for this machine is there', () => {
    expect(compareLocks(lock, installed(), linux)).toBeNull()
  })

  it('names a package that is missing, however deep', () => {
    const path = 'node_modules/plain/node_modules/@scope/inner'
    expect(compareLocks(lock, installed({ [path]: null }), linux)).toBe('@scope/inner is missing')
  })

  it('names a package of another version, and another file of the same version', () => {
    const path = 'node_modules/plain'
    expect(compareLocks(lock, installed({ [path]: { version: '1.0.1' } }), linux)).toBe(
      'plain is 1.0.1 instead of 1.0.0',
    )
    expect(
      compareLocks(lock, installed({ [path]: { version: '1.0.0', integrity: 'sha512-x' } }), linux),
    ).toBe('plain is not the file that the lockfile names')
  })

  it('misses the binary that is meant for this machine, though it is optional', () => {
    expect(compareLocks(lock, installed({ 'node_modules/bind-linux-glibc': null }), linux)).toBe(
      'bind-linux-glibc is missing',
    )
    expect(compareLocks(lock, installed({ 'node_modules/not-windows': null }), linux)).toBe(
      'not-windows is missing',
    )
  })

  it('does not miss the binaries of other machines, nor what is optional everywhere', () => {
    expect(compareLocks(lock, installed({ 'node_modules/anywhere': null }), linux)).toBeNull()
    const mac = { platform: 'darwin', arch: 'arm64', libc: null }
    expect(compareLocks(lock, installed(), mac)).toBe('bind-mac is missing')
  })

  it('names a package that the lockfile does not know', () => {
    const extra = { 'node_modules/extra': { version: '1.0.0' } }
    expect(compareLocks(lock, installed(extra), linux)).toBe('extra is not in the lockfile')
  })
})
