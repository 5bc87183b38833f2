import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SearchPage } from '@contract'
import { ROOT } from '../electron-runtime'
import { askIn, openSampleIn, searchIn } from './look-around'
import { asPerson, environmentOf, type Person, processesOf, type Running, startAs } from './running'

/**
 * Proves a deb by installing it, on Debian or Ubuntu as root: installs an older version, runs it as an ordinary user with
 * Chromium's sandbox on, upgrades, runs it again, removes it, and looks at what is left. Prints a table; the screenshots are put
 * in screenshots/package/. Everything that it made is gone afterwards.
 *
 *     npm run package:prove                      makes the deb twice first and compares the two
 *     npm run package:prove -- --deb FILE        takes this one
 *
 * It refuses to run where an Earmark is installed.
 */
const OLDER = '0.0.1'
const SCREENSHOTS = join(ROOT, 'screenshots', 'package')
const PLACES = [
  '/opt/Earmark',
  '/usr/bin/earmark',
  '/usr/share/applications/earmark.desktop',
  '/usr/share/icons/hicolor/scalable/apps/earmark.svg',
  '/usr/share/icons/hicolor/256x256/apps/earmark.png',
  '/etc/apparmor.d/earmark',
]

let failed = 0

/** One row of the table. A check that throws is a failed row, and the next ones go on. */
async function check(what: string, work: () => Promise<string> | string): Promise<void> {
  let row: string
  try {
    row = `ok    ${what.padEnd(58)} ${await work()}`
  } catch (error) {
    failed += 1
    row = `FAIL  ${what.padEnd(58)} ${error instanceof Error ? error.message : String(error)}`
  }
  console.log(row)
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
const run = (command: string, ...args: string[]): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64e6 })
  if (error) throw error
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.trim().slice(-600)}`)
  return stdout
}

/** Makes a deb in a folder of its own, with the application's scripts; gives its path. */
function makeDeb(folder: string, ...options: string[]): string {
  execFileSync(
    process.execPath,
    [join(ROOT, 'scripts', 'package.mjs'), '--for-testing', '--output', folder, ...options],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const name = readdirSync(folder).find((one) => one.endsWith('.deb'))
  if (name === undefined) throw new Error(`No deb was made in ${folder}.`)
  return join(folder, name)
}

/** The same package under an older version's number, with one file that the newer one does not have. */
function olderThan(deb: string, folder: string): string {
  const stage = join(folder, 'older')
  run('dpkg-deb', '--raw-extract', deb, stage)
  const control = join(stage, 'DEBIAN', 'control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${OLDER}`))
  writeFileSync(join(stage, 'opt', 'Earmark', 'of-the-older-version'), '')
  const older = join(folder, `older_${OLDER}.deb`)
  run('dpkg-deb', '--root-owner-group', '-Zgzip', '-z1', '--build', stage, older)
  rmSync(stage, { recursive: true, force: true })
  return older
}

/** Name, version and state of a package, as dpkg has them. */
const statusOf = (packageName: string): string =>
  run('dpkg', '--list', packageName).trim().split('\n').at(-1)?.split(/\s+/).slice(0, 3).join(' ') ?? ''

function makePerson(): Person {
  const name = `earmark-proof-${process.pid}`
  run('useradd', '--create-home', '--shell', '/bin/sh', name)
  const [, , uid, gid, , home = ''] = run('getent', 'passwd', name).trim().split(':')
  const person = { name, uid: Number(uid), gid: Number(gid), home }
  mkdirSync(join(home, '.run'), { mode: 0o700 })
  run('chown', `${name}:`, join(home, '.run'))
  return person
}

/** A command of that person's, without a display. */
function runAs(person: Person, ...command: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync('setpriv', asPerson(person, command), {
    cwd: person.home,
    env: environmentOf(person),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { code: status, out: stdout, err: stderr }
}

/** Every file below a person's data folder that people wrote or synced, by name, with what is in it. */
function dataOf(person: Person): Map<string, string> {
  const folder = join(person.home, '.local', 'share', 'earmark', 'workspace')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return new Map(
    files.map((one) => {
      const path = join(one.parentPath, one.name)
      return [path.slice(folder.length + 1), sha256(path)]
    }),
  )
}

async function newestCall({ tools }: Running): Promise<string> {
  const page = await askIn(tools, 'search', 'page', { query: '', limit: 1 })
  return SearchPage.parse(page).hits[0]?.id ?? 'no call'
}

async function shoot({ tools }: Running, name: string): Promise<string> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  const file = join(SCREENSHOTS, `${name}.png`)
  writeFileSync(file, await tools.screenshot())
  return file
}

/** The library packages that the executables are linked against, and whether the deb's dependencies bring them. */
function checkLibraries(deb: string): string {
  const files = ['/opt/Earmark/earmark', ...run('find', '/opt/Earmark', '-name', '*.node').trim().split('\n')]
  const paths = new Set<string>()
  for (const file of files) {
    const listed = run('ldd', file)
    const missing = [...listed.matchAll(/^\s*(\S+) => not found$/gm)].map((one) => one[1])
    expect(missing.length === 0, `${file} lacks ${missing.join(', ')}`)
    const needed = new Set(
      [...run('objdump', '-p', file).matchAll(/NEEDED\s+(\S+)/g)].map((one) => one[1] ?? ''),
    )
    for (const [, name = '', path = ''] of listed.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
      if (needed.has(name) && !path.startsWith('/opt/')) paths.add(path)
    }
  }
  const owners = new Set(
    [...paths].map((path) => {
      // dpkg knows the paths of before /lib became a link.
      const found = [path, path.replace(/^\/usr\/lib/, '/lib'), path.replace(/^\/lib/, '/usr/lib')]
        .map((one) => spawnSync('dpkg-query', ['-S', one], { encoding: 'utf8' }).stdout.split(':')[0])
        .find((one) => one)
      if (!found) throw new Error(`No package has ${path}.`)
      return found
    }),
  )
  const depends = run('dpkg-deb', '-f', deb, 'Depends')
    .split(/[,|]/)
    .map((one) => one.trim().split(' ')[0] ?? '')
    .filter((one) => spawnSync('dpkg-query', ['-W', one]).status === 0)
  const closure = new Set(
    run('apt-cache', 'depends', '--recurse', '--important', '--installed', '--no-suggests', ...depends)
      .split('\n')
      .filter((line) => /^\S/.test(line)),
  )
  const lacking = [...owners].filter((owner) => !closure.has(owner))
  expect(lacking.length === 0, `the deb does not depend on ${lacking.join(', ')}`)
  return `${paths.size} libraries of ${owners.size} packages, all by Depends`
}

async function proveSandbox(person: Person): Promise<string> {
  const all = processesOf(person, '/opt/Earmark/')
  const main = all.find(({ command }) => !command.includes('--type='))
  const pages = all.filter(({ command }) => command.includes('--type=renderer'))
  expect(main !== undefined && pages.length > 0, 'no page runs')
  expect(!all.some(({ command }) => /--no-sandbox/.test(command)), 'something runs with --no-sandbox')
  for (const page of pages) {
    expect(page.seccomp === '2', `a page runs with Seccomp ${page.seccomp}`)
    expect(page.userNamespace !== main?.userNamespace, 'a page is in the same user namespace as the rest')
  }
  return `${pages.length} page(s): seccomp filter, user namespace of its own; chrome-sandbox ${(statSync('/opt/Earmark/chrome-sandbox').mode & 0o7777).toString(8)}`
}

/** What a hardened executable must not do, each tried. */
async function proveFuses(person: Person): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-fuses-'))
  run('chmod', '755', folder)
  const evil = join(folder, 'evil.cjs')
  const ran = join(person.home, 'evil-ran')
  writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(ran)}, '1')`)
  const attempt = (env: Record<string, string>, ...args: string[]) => {
    rmSync(ran, { force: true })
    const { stdout, stderr, status } = spawnSync(
      'setpriv',
      asPerson(person, ['/opt/Earmark/earmark', ...args]),
      {
        cwd: person.home,
        env: { ...environmentOf(person), ...env },
        encoding: 'utf8',
        timeout: 20_000,
      },
    )
    return { text: `${stdout}${stderr}`, status, ran: existsSync(ran) }
  }
  const harmless = ['--no-sandbox', '--no-zygote', '--cli', '--', '--version']
  try {
    await check('fuse runAsNode: ELECTRON_RUN_AS_NODE makes no Node of it', () => {
      const { ran: itRan } = attempt({ ELECTRON_RUN_AS_NODE: '1' }, evil)
      expect(!itRan, 'the script ran')
      return 'the script did not run'
    })
    await check('fuse nodeOptions: NODE_OPTIONS loads nothing', () => {
      const { ran: itRan, text } = attempt({ NODE_OPTIONS: `--require=${evil}` }, ...harmless)
      expect(!itRan, 'the script ran')
      expect(/\d+\.\d+\.\d+/.test(text), `the command did not answer: ${text}`)
      return 'the script did not run; the command answered'
    })
    await check('fuse nodeCliInspect: --inspect opens no debugger', () => {
      const { text } = attempt({}, '--inspect=0', ...harmless)
      expect(!text.includes('Debugger listening'), 'a debugger listens')
      return 'nobody listens'
    })
    await check('fuse onlyLoadAppFromAsar: resources/app is not run', () => {
      const beside = '/opt/Earmark/resources/app'
      mkdirSync(beside)
      try {
        writeFileSync(join(beside, 'package.json'), '{"name":"evil","main":"index.cjs"}')
        writeFileSync(join(beside, 'index.cjs'), readFileSync(evil))
        const { ran: itRan, text } = attempt({}, ...harmless)
        expect(!itRan, 'the folder was run')
        expect(/\d+\.\d+\.\d+/.test(text), `the command did not answer: ${text}`)
        return 'app.asar was run'
      } finally {
        rmSync(beside, { recursive: true, force: true })
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(ran, { force: true })
  }
}

async function prove(deb: string, work: string): Promise<void> {
  const packageName = run('dpkg-deb', '-f', deb, 'Package').trim()
  const version = run('dpkg-deb', '-f', deb, 'Version').trim()
  const older = olderThan(deb, work)
  const person = makePerson()
  let kept = new Map<string, string>()
  try {
    await check('installed by dpkg, the older version', () => {
      run('dpkg', '-i', older)
      return statusOf(packageName)
    })
    await check('every library that it loads is one that it depends on', () => checkLibraries(deb))
    await check('the desktop entry is valid', () => {
      if (spawnSync('desktop-file-validate', ['--version']).error)
        return 'not checked: desktop-file-validate is not here'
      const said = run('desktop-file-validate', '/usr/share/applications/earmark.desktop')
      expect(said.trim() === '', said)
      return 'desktop-file-validate has nothing to say'
    })
    await check('earmark:// belongs to it', () => {
      if (spawnSync('xdg-mime', ['--version']).error) return 'not checked: xdg-mime is not here'
      const { out } = runAs(person, 'xdg-mime', 'query', 'default', 'x-scheme-handler/earmark')
      expect(out.trim() === 'earmark.desktop', `it belongs to "${out.trim()}"`)
      return out.trim()
    })

    const annotation = randomUUID()
    let annotated = ''
    await check('started as an ordinary user, the sandbox on; the sample opened', async () => {
      const app = await startAs(person, ['/opt/Earmark/earmark'])
      try {
        const rows = await openSampleIn(app.tools)
        await check('  Chromium’s sandbox holds the page', () => proveSandbox(person))
        await check('  a search typed, the list read', async () => {
          const { said, rows: found } = await searchIn(app.tools, 'refund')
          return `"refund": ${said}, ${found} rows`
        })
        await check('  an annotation written', async () => {
          const callId = await newestCall(app)
          annotated = callId
          await askIn(app.tools, 'annotations', 'create', {
            id: annotation,
            callId,
            place: { kind: 'call' },
            label: 'Proof',
            severity: null,
            comment: 'Written before the upgrade',
            reviewer: 'M. Ortiz',
          })
          return callId
        })
        await check('  a link opened while it runs reaches the window', async () => {
          const { code } = runAs(
            person,
            'sh',
            '-c',
            'exec /opt/Earmark/earmark "earmark://search?q=appointment"',
          )
          await app.tools.until(
            `document.querySelector('[role="combobox"][aria-label="Search calls"]').value.trim() === 'appointment'`,
          )
          return `the second start ended with ${code}`
        })
        return `${rows} rows; ${await shoot(app, 'installed')}`
      } finally {
        await app.stop()
      }
    })
    await check('the command line, without a display', () => {
      const found = runAs(person, 'earmark', 'search', 'refund', '--json')
      expect(found.code === 0, `it ended with ${found.code}: ${found.err}`)
      expect(found.err === '', `it said on stderr: ${found.err}`)
      const wrong = runAs(person, 'earmark', 'search', '--nonsense')
      expect(wrong.code === 2, `a wrong option ended with ${wrong.code}`)
      const url = runAs(
        person,
        'earmark',
        'connect',
        'prosper',
        '--name',
        'A',
        '--url',
        'https://a.example',
        '--help',
      )
      expect(url.code === 0, `an address before other options ended with ${url.code}: ${url.err}`)
      return `${found.out.trim().split('\n').length} lines of JSON, exit codes 0 and 2`
    })
    await proveFuses(person)

    await check('upgraded, the data as it was', () => {
      kept = dataOf(person)
      run('dpkg', '-i', deb)
      const now = dataOf(person)
      for (const [name, sum] of kept) expect(now.get(name) === sum, `${name} is another`)
      expect(!existsSync('/opt/Earmark/of-the-older-version'), 'a file of the older version is still there')
      return `${statusOf(packageName)}; ${kept.size} files byte for byte`
    })
    await check('started again, by nice: the annotation is there', async () => {
      // Who was started so may not make its parts any quicker, which root may.
      const app = await startAs(person, ['nice', '-n', '10', '/opt/Earmark/earmark'])
      try {
        await app.tools.until(`document.querySelectorAll('ul[aria-label="Calls"] > li').length > 0`)
        const { out } = runAs(person, 'earmark', 'search', 'has:annotation', '--json')
        expect(annotated !== '' && out.includes(annotated), 'the call has no annotation any more')
        return `${annotated}; ${await shoot(app, 'upgraded')}`
      } finally {
        await app.stop()
      }
    })
    await check('purged: nothing of it is left, and all of the data', () => {
      kept = dataOf(person)
      run('dpkg', '--purge', packageName)
      const left = [...PLACES, `/usr/share/doc/${packageName}`].filter((path) => existsSync(path))
      expect(left.length === 0, `left are ${left.join(', ')}`)
      expect(spawnSync('dpkg-query', ['-W', packageName]).status !== 0, 'dpkg still knows it')
      const now = dataOf(person)
      for (const [name, sum] of kept) expect(now.get(name) === sum, `${name} is another`)
      return `${kept.size} files of the workspace byte for byte`
    })
    console.log(`\n${packageName} ${OLDER} -> ${version}, as ${person.name} (${person.uid})`)
  } finally {
    spawnSync('dpkg', ['--purge', packageName])
    spawnSync('userdel', ['--remove', person.name])
  }
}

const [option, given] = process.argv.slice(2)
if (process.getuid?.() !== 0 || !existsSync('/usr/bin/dpkg'))
  throw new Error('This needs Debian or Ubuntu, and root.')
const there = PLACES.filter((path) => existsSync(path))
if (there.length > 0)
  throw new Error(`An Earmark is installed here (${there.join(', ')}): nothing was touched.`)
const work = mkdtempSync(join(tmpdir(), 'earmark-package-'))
try {
  let deb = option === '--deb' && given !== undefined ? resolve(given) : null
  if (deb === null) {
    const first = makeDeb(join(work, 'first'))
    deb = first
    await check('two builds give the same deb, byte for byte', () => {
      const second = makeDeb(join(work, 'second'))
      expect(sha256(first) === sha256(second), `${sha256(first)} and ${sha256(second)}`)
      return `sha256 ${sha256(first)}`
    })
  }
  console.log(`${deb}, ${(statSync(deb).size / 1e6).toFixed(1)} MB`)
  await prove(deb, work)
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(failed === 0 ? 'All of it holds.' : `${failed} did not hold.`)
process.exitCode = failed === 0 ? 0 : 1
