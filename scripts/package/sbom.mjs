/**
 * The list of parts ("software bill of materials") in CycloneDX 1.6 JSON: https://cyclonedx.org/docs/1.6/json/
 */
import { createHash } from 'node:crypto'

/**
 * @param application `{name, version, license}`
 * @param packages `{path, name, version, license, how}`: `how` is `loaded` (a folder in node_modules) or `bundled`
 * @param lockPackages the lockfile's `packages`, for hashes and who needs whom
 * @param inside what is compiled into packages, from `insideOf`
 * @param runtime `{electron, chrome, node}`: versions
 * @param madeAt seconds since 1970 (SOURCE_DATE_EPOCH), so that two builds give the same file
 * @returns the document; the same for the same input
 */
export function bomOf({ application, packages, lockPackages, inside, runtime, madeAt }) {
  const root = `pkg:generic/${application.name}@${application.version}`
  const components = [
    ...Object.entries({
      Electron: { version: runtime.electron, licence: 'MIT', purl: `pkg:npm/electron@${runtime.electron}` },
      Chromium: {
        version: runtime.chrome,
        licence: 'BSD-3-Clause',
        purl: `pkg:generic/chromium@${runtime.chrome}`,
      },
      'Node.js': { version: runtime.node, licence: 'MIT', purl: `pkg:generic/node@${runtime.node}` },
    }).map(([name, { version, licence, purl }]) => ({
      type: 'framework',
      'bom-ref': purl,
      name,
      version,
      licenses: licensesOf(licence),
      purl,
    })),
    ...packages.map((package_) => libraryOf(package_, lockPackages[package_.path])),
    ...inside.map(({ within, name, licence, version }) => ({
      type: 'library',
      'bom-ref': `inside:${within}:${name}`,
      name,
      ...(version ? { version } : {}),
      licenses: licensesOf(licence),
      properties: [{ name: 'earmark:within', value: within }],
    })),
  ]
  const refs = new Map(packages.map((one) => [one.path, purlOf(one)]))
  const dependencies = [
    { ref: root, dependsOn: components.map((one) => one['bom-ref']).sort() },
    ...packages.map((one) => ({
      ref: purlOf(one),
      dependsOn: Object.keys(lockPackages[one.path].dependencies ?? {})
        .map((name) => refs.get(`${one.path}/node_modules/${name}`) ?? refs.get(`node_modules/${name}`))
        .filter((ref) => ref !== undefined)
        .sort(),
    })),
  ]
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(madeAt * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': root,
        name: application.name,
        version: application.version,
        licenses: licensesOf(application.license),
        purl: root,
      },
    },
    components,
    dependencies,
  }
  return { ...bom, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(bom))}` }
}

function libraryOf(package_, locked) {
  const [name, scope] = package_.name.split('/').reverse()
  const hex = /^sha512-(.+)$/.exec(locked.integrity ?? '')
  return {
    type: 'library',
    'bom-ref': purlOf(package_),
    ...(scope ? { group: scope } : {}),
    name,
    version: package_.version,
    ...(hex ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(hex[1], 'base64').toString('hex') }] } : {}),
    licenses: licensesOf(package_.license),
    purl: purlOf(package_),
    properties: [{ name: 'earmark:how', value: package_.how }],
  }
}

/** https://github.com/package-url/purl-spec: the @ of a scope is escaped. */
const purlOf = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`

const licensesOf = (licence) => {
  if (!licence) return []
  return / (AND|OR|WITH) /.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }]
}

/** A name-based UUID (RFC 9562, version 8) of the content: the same content has the same number. */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex[16], 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
