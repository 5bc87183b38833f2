import { describe, expect, it } from 'vitest'
import { bundledIn, closure, importsOf } from './shipped.mjs'

describe('what a built file loads', () => {
  it('is found in every form that the bundler writes', () => {
    const text = [
      'import { z } from "zod/v4";',
      "import Database from 'better-sqlite3'",
      'import "side-effect";',
      'export { a } from "@scope/one/deep";',
      'const x = await import("lazy")',
      'const y = require("@scope/two");',
      'import { join } from "node:path";',
      'import { b } from "./chunks/b.js";',
    ].join('\n')
    expect(importsOf(text).sort()).toEqual([
      '@scope/one',
      '@scope/two',
      'better-sqlite3',
      'lazy',
      'side-effect',
      'zod',
    ])
  })

  it('is not what its texts speak of', () => {
    expect(importsOf('const words = "an import from \\"nowhere\\" fails"')).toEqual([])
  })
})

describe('what was bundled', () => {
  it('is read from the source maps, packages within packages too', () => {
    const sources = [
      '../../node_modules/react/index.js',
      '../../node_modules/@scope/a/b/c.js',
      '../../node_modules/outer/node_modules/inner/x.js',
      '../../src-renderer/App.tsx',
    ]
    expect([...bundledIn({ sources })].sort()).toEqual([
      'node_modules/@scope/a',
      'node_modules/outer/node_modules/inner',
      'node_modules/react',
    ])
  })
})

describe('the packages that ship', () => {
  const packages = {
    'node_modules/a': { version: '1.0.0', dependencies: { b: '1', 'prebuild-install': '1' } },
    'node_modules/b': { version: '1.0.0', optionalDependencies: { missing: '1' } },
    'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '1' } },
    'node_modules/c': { version: '1.0.0' },
    'node_modules/prebuild-install': { version: '1.0.0', dependencies: { c: '1' } },
    'node_modules/tool': { version: '1.0.0', dev: true },
  }

  it('are those that are loaded and those that they need, where Node finds them', () => {
    expect([...closure(packages, ['a'])].sort()).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ])
    expect([...closure(packages, ['b'])]).toEqual(['node_modules/b'])
  })

  it('must not be development packages, nor unknown ones', () => {
    expect(() => closure(packages, ['tool'])).toThrow('belongs in "dependencies"')
    expect(() => closure(packages, ['unknown'])).toThrow('package-lock.json does not have')
  })
})
