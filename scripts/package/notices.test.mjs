import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../setup/places.mjs'
import { insideOf, licencesText } from './licences.mjs'
import { bomOf } from './sbom.mjs'
import { closure, packageName } from './shipped.mjs'

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
/** All that could ship. */
const packages = [...closure(lock.packages, Object.keys(dependencies).sort())]
  .filter((path) => existsSync(join(ROOT, path)))
  .sort()
  .map((path) => ({
    path,
    name: packageName(lock.packages, path),
    version: lock.packages[path].version,
    license: lock.packages[path].license ?? null,
    how: 'loaded',
  }))
const bom = () =>
  bomOf({
    application: { name: 'earmark', version: '1.2.3', license: 'MIT' },
    packages,
    lockPackages: lock.packages,
    inside: insideOf(ROOT, packages),
    runtime: { electron: '45.4.1', chrome: '150.0.0.0', node: '24.0.0' },
    madeAt: 1_800_000_000,
  })

describe('the licences of what ships', () => {
  it('are there for every package, with a text', () => {
    const text = licencesText(ROOT, packages)
    for (const { name, version } of packages) expect(text).toContain(`\n${name} ${version} (`)
    expect(text).toContain('SQLite 3.')
    expect(text).toMatch(
      /^SQLite3 Multiple Ciphers \d+\.\d+\.\d+ \(MIT\), inside of better-sqlite3-multiple-ciphers$/m,
    )
    expect(text).toContain('GNU LESSER GENERAL PUBLIC LICENSE')
  })

  it('say what is used under the lesser licence, where its source is, and both texts that its version 3 asks for', () => {
    const text = licencesText(ROOT, packages)
    const notice = text.slice(0, text.indexOf('='.repeat(80)))
    expect(notice).toMatch(
      /codec-parser \S+ \(LGPL-3\.0-or-later\), in node_modules\/codec-parser\n {2}source: https:\/\//,
    )
    expect(notice).toMatch(
      /mpg123 \(LGPL-2\.1-only\), in node_modules\/mpg123-decoder\n {2}source: https:\/\//,
    )
    const lesser = packages.filter(({ license }) => /GPL/.test(license ?? ''))
    expect(
      lesser.map(({ name }) => name),
      'nothing else is under such a licence',
    ).toEqual(['codec-parser'])
    expect(text).toMatch(/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/)
    expect(text).toMatch(/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/)
    expect(text).toMatch(/\sGNU GENERAL PUBLIC LICENSE\s+Version 3/)
  })

  it('are refused for a package without one', () => {
    const bare = { path: 'node_modules/mpg123-decoder', name: 'bare', version: '1', license: 'Unknown-1.0' }
    expect(() => licencesText(ROOT, [bare])).toThrow('has no licence file')
  })
})

describe('the list of parts', () => {
  it('has the fields that CycloneDX 1.6 asks for, each part once', () => {
    const { bomFormat, specVersion, serialNumber, metadata, components, dependencies: needs } = bom()
    expect([bomFormat, specVersion]).toEqual(['CycloneDX', '1.6'])
    expect(serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(metadata.timestamp).toBe('2027-01-15T08:00:00.000Z')
    const refs = components.map((part) => part['bom-ref'])
    expect(new Set(refs).size).toBe(refs.length)
    for (const part of components) expect(Boolean(part.type && part.name), part.name).toBe(true)
    for (const { ref, dependsOn } of needs) {
      expect([...refs, metadata.component['bom-ref']]).toContain(ref)
      for (const one of dependsOn) expect(refs).toContain(one)
    }
    const react = components.find(
      (part) => part.purl === `pkg:npm/%40tanstack/react-query@${dependencies['@tanstack/react-query']}`,
    )
    expect(react).toMatchObject({
      group: '@tanstack',
      name: 'react-query',
      licenses: [{ license: { id: 'MIT' } }],
    })
    // An alias is named as what it is.
    expect(components.map((part) => part.name)).toContain('better-sqlite3-multiple-ciphers')
    expect(components.map((part) => part.name)).not.toContain('better-sqlite3')
    expect(react.hashes[0].content).toMatch(/^[0-9a-f]{128}$/)
  })

  it('is the same for the same parts', () => {
    expect(JSON.stringify(bom())).toBe(JSON.stringify(bom()))
  })
})
