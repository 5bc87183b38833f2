import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses'
import { readFuses } from '../../scripts/package/fuses.mjs'
import { type Earmark, electronExecutable, packagedExecutable, ROOT } from '../application'
import { ask, expect, test } from '../fixtures'
import { type Listener, startListener } from './listener'
import { oneWindow } from './window'

/*
 * Electron's security checklist (electronjs.org, tutorial/security), item by item, asked of the running window. Fuses (19)
 * are a matter of the package and read there; here is read that there are such.
 */

let listener: Listener
const opened = oneWindow()
const running = (): Earmark => opened().earmark

test.beforeAll(async () => {
  listener = await startListener()
})
test.afterAll(() => listener.close())
test.afterEach(() => {
  expect(listener.requests).toEqual([])
})

/** Of every page that there is, hidden ones included. */
const preferences = () =>
  running().electron.evaluate(({ webContents }) =>
    webContents
      .getAllWebContents()
      .filter((contents) => !contents.getURL().startsWith('devtools:'))
      .map((contents) =>
        // Electron's types do not have it (yet).
        (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences(),
      ),
  )

const everyPageHas = async (wanted: Record<string, unknown>) => {
  const all = await preferences()
  expect(all.length).toBeGreaterThan(0)
  for (const one of all) expect(one).toMatchObject(wanted)
}

/** An option that no page was given: absent, or as Electron has it by default. */
const noPageHas = async (name: string) => {
  for (const one of await preferences()) expect(one[name] ?? false, name).toBeFalsy()
}

test('1: only secure content is loaded, and http: is refused to page and session', async () => {
  const { page, electron } = running()
  await page.waitForLoadState()
  const seen = await page.evaluate(() => ({
    isSecure: isSecureContext,
    from: [
      ...new Set(
        [...document.querySelectorAll<HTMLScriptElement>('script')].map(({ src }) => new URL(src).origin),
      ),
    ],
    sheets: [...document.styleSheets].flatMap(({ href }) => (href === null ? [] : [new URL(href).protocol])),
  }))
  expect(seen).toEqual({ isSecure: true, from: ['app://earmark'], sheets: seen.sheets.map(() => 'app:') })
  expect(seen.sheets.length).toBeGreaterThan(0)
  for (const scheme of ['http:', 'ws:']) {
    const address = `${listener.url.replace('http:', scheme)}/1`
    const outcome = await electron.evaluate(
      async ({ session }, asked) =>
        session.defaultSession.fetch(asked).then(
          (answer) => `answered ${answer.status}`,
          () => 'refused',
        ),
      address,
    )
    expect(outcome, address).toBe('refused')
  }
  const picture = await page.evaluate(
    (src) =>
      new Promise((done) => {
        const image = new Image()
        image.onload = () => done('loaded')
        image.onerror = () => done('refused')
        image.src = src
      }),
    `${listener.url}/1.png`,
  )
  expect(picture).toBe('refused')
})

test('2: no page has Node', async () => {
  await everyPageHas({ nodeIntegration: false, nodeIntegrationInSubFrames: false })
  await noPageHas('nodeIntegrationInWorker')
  const seen = await running().page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'setImmediate'].filter(
      (name) => name in globalThis,
    ),
  )
  expect(seen).toEqual([])
})

test('3: pages and preloads live in contexts of their own', async () => {
  await everyPageHas({ contextIsolation: true })
  const reached = await running().page.evaluate(async () => {
    let reached: unknown = 'nothing'
    const array = Array.prototype as unknown as { push: unknown }
    const push = array.push
    // What the preload calls would be this one, had the two one context.
    array.push = function (this: unknown, ...args: unknown[]) {
      reached = args
      return (push as (...all: unknown[]) => unknown).apply(this, args)
    }
    const { earmark } = globalThis as unknown as { earmark: { subscribe(f: () => void): () => void } }
    earmark.subscribe(() => undefined)()
    array.push = push
    return reached
  })
  expect(reached).toBe('nothing')
})

test('4: every page is sandboxed', async () => {
  await everyPageHas({ sandbox: true })
  const types = await running().electron.evaluate(({ app }) =>
    app
      .getAppMetrics()
      .filter(({ type }) => type === 'Tab' || type === 'Utility')
      .map(({ type, sandboxed }) => ({ type, sandboxed })),
  )
  expect(types.length).toBeGreaterThan(0)
})

test('5: no permission is granted', async () => {
  const { page, electron } = running()
  const asked = await page.evaluate(async () => {
    const names = [
      'geolocation',
      'notifications',
      'camera',
      'microphone',
      'midi',
      'clipboard-read',
      'persistent-storage',
    ]
    const states = await Promise.all(
      names.map(async (name) => {
        const status = await navigator.permissions.query({ name: name as PermissionName }).catch(() => null)
        return status?.state ?? 'denied'
      }),
    )
    const outcome = (promise: Promise<unknown>) =>
      promise.then(
        () => 'granted',
        () => 'denied',
      )
    const devices = navigator as unknown as Record<
      string,
      { requestDevice(o: object): Promise<unknown>; requestPort(): Promise<unknown> }
    >
    return {
      states: [...new Set(states)],
      notifications: await Notification.requestPermission(),
      media: await outcome(navigator.mediaDevices.getUserMedia({ audio: true, video: true })),
      display: await outcome(navigator.mediaDevices.getDisplayMedia()),
      location: await outcome(
        new Promise((done, fail) => navigator.geolocation.getCurrentPosition(done, fail, { timeout: 2000 })),
      ),
      midi: await outcome(navigator.requestMIDIAccess({ sysex: true })),
      clipboard: await outcome(navigator.clipboard.readText()),
      usb: await outcome(devices.usb?.requestDevice({ filters: [] }) ?? Promise.reject()),
      hid: await outcome(
        Promise.resolve(devices.hid?.requestDevice({ filters: [] })).then((all) => {
          if (!Array.isArray(all) || all.length === 0) throw new Error('none')
        }),
      ),
      serial: await outcome(devices.serial?.requestPort() ?? Promise.reject()),
    }
  })
  expect(asked).toEqual({
    states: ['denied'],
    notifications: 'denied',
    media: 'denied',
    display: 'denied',
    location: 'denied',
    midi: 'denied',
    clipboard: 'denied',
    usb: 'denied',
    hid: 'denied',
    serial: 'denied',
  })
  expect(
    await electron.evaluate(({ session }) => session.defaultSession.isPersistent()),
    'the session that was locked is the window’s',
  ).toBe(true)
})

test('6: webSecurity is on', async () => {
  await everyPageHas({ webSecurity: true })
})

test('7: a content security policy allows nothing but the page’s own files', async () => {
  const { page, electron } = running()
  const policy = await electron.evaluate(async ({ session }) => {
    const answer = await session.defaultSession.fetch('app://earmark/')
    return answer.headers.get('content-security-policy') ?? ''
  })
  const rules = new Map(
    policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]),
  )
  expect(rules.get('default-src')).toBe("'none'")
  expect(rules.get('script-src')).toBe("'self'")
  for (const name of ['base-uri', 'form-action', 'frame-ancestors']) expect(rules.get(name)).toBe("'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:|blob:/)

  const refused = await page.evaluate(async (elsewhere) => {
    const violations = new Set<string>()
    const note = (event: SecurityPolicyViolationEvent) => violations.add(event.effectiveDirective)
    document.addEventListener('securitypolicyviolation', note)
    const add = (name: string, properties: object) => {
      const element = Object.assign(document.createElement(name), properties)
      document.body.append(element)
      return element
    }
    const nothing = (promise: Promise<unknown>) => promise.catch(() => undefined)
    const made = [
      add('script', { textContent: 'globalThis.__executed = "inline"' }),
      add('script', { src: `${elsewhere}/7.js` }),
      add('script', { src: 'data:text/javascript,globalThis.__executed="data"' }),
      add('img', { src: `${elsewhere}/7.png` }),
      add('iframe', { src: 'app://earmark/index.html' }),
      add('object', { data: 'app://earmark/index.html' }),
      add('audio', { src: `${elsewhere}/7.mp3` }),
      add('style', { textContent: '#root { display: none }' }),
      add('link', { rel: 'stylesheet', href: `${elsewhere}/7.css` }),
      add('base', { href: elsewhere }),
    ]
    const button = add('div', {})
    button.setAttribute('onclick', 'globalThis.__executed = "attribute"')
    button.click()
    await nothing(fetch(`${elsewhere}/7`))
    await nothing(
      new Promise((_, fail) =>
        Object.assign(new WebSocket(elsewhere.replace('http', 'ws')), { onerror: fail }),
      ),
    )
    try {
      new Worker(URL.createObjectURL(new Blob(['1'])))
    } catch {
      // It may throw, or only say so.
    }
    let evaluated = 'refused'
    try {
      evaluated = String(new Function('return 7')())
    } catch {
      // As it should be.
    }
    while (violations.size < 11)
      await new Promise((done) => document.addEventListener('securitypolicyviolation', done, { once: true }))
    for (const element of [...made, button]) element.remove()
    document.removeEventListener('securitypolicyviolation', note)
    return { violations: [...violations].sort(), evaluated, executed: '__executed' in globalThis }
  }, listener.url)
  expect(refused).toEqual({
    violations: [
      'base-uri',
      'connect-src',
      'frame-src',
      'img-src',
      'media-src',
      'object-src',
      'script-src',
      'script-src-attr',
      'script-src-elem',
      'style-src-elem',
      'worker-src',
    ],
    evaluated: 'refused',
    executed: false,
  })
})

test('8: no page may run insecure content', async () => {
  await noPageHas('allowRunningInsecureContent')
})

test('9: no page has experimental features', async () => {
  await noPageHas('experimentalFeatures')
  await noPageHas('experimentalCanvasFeatures')
})

test('10: no page has further Blink features', async () => {
  await noPageHas('enableBlinkFeatures')
  const switches = await running().electron.evaluate(({ app }) =>
    ['enable-blink-features', 'enable-experimental-web-platform-features', 'disable-web-security'].filter(
      (name) => app.commandLine.hasSwitch(name),
    ),
  )
  expect(switches).toEqual([])
})

test('11: there is no <webview>, with allowpopups or any other option', async () => {
  await everyPageHas({ webviewTag: false })
  const { page, electron } = running()
  const before = await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)
  await page.evaluate((src) => {
    const view = document.createElement('webview')
    view.setAttribute('src', src)
    view.setAttribute('allowpopups', '')
    view.setAttribute('nodeintegration', '')
    view.setAttribute('preload', 'file:///etc/passwd')
    document.body.append(view)
    requestAnimationFrame(() => view.remove())
  }, listener.url)
  expect(await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(before)
})

test('12: what could attach a <webview> is refused in every page, also in one that has the tag', async () => {
  const guests = await running().electron.evaluate(async ({ BrowserWindow, webContents }) => {
    const stranger = new BrowserWindow({
      show: false,
      webPreferences: { webviewTag: true, partition: 'stranger-12' },
    })
    try {
      await stranger.loadURL('data:text/html,<p>stranger</p>')
      await stranger.webContents.executeJavaScript(
        `document.body.append(Object.assign(document.createElement('webview'), { src: 'data:text/html,guest' })); new Promise((done) => setTimeout(done, 300))`,
      )
      return webContents.getAllWebContents().filter((one) => one.getType() === 'webview').length
    } finally {
      stranger.destroy()
    }
  })
  expect(guests).toBe(0)
})

test('13: the window goes nowhere', async () => {
  const { page } = running()
  const url = page.url()
  for (const target of [
    `${listener.url}/13`,
    'https://127.0.0.1/13',
    'file:///etc/passwd',
    'app://decoder/decoder.html',
    'app://earmark/assets/',
    'data:text/html,<p>13</p>',
    'blob:app://earmark/13',
    'chrome://gpu',
    'view-source:app://earmark/',
    'earmark://search?q=13',
    'mailto:a@example.com',
    'javascript:void(globalThis.__executed = 13)',
  ]) {
    await page.evaluate((to) => {
      location.href = to
    }, target)
    await page.evaluate((to) => {
      const link = Object.assign(document.createElement('a'), { href: to, textContent: 'away' })
      document.body.append(link)
      link.click()
      link.remove()
    }, target)
    await page.evaluate((to) => {
      const form = Object.assign(document.createElement('form'), { action: to, method: 'get' })
      document.body.append(form)
      form.submit()
      form.remove()
    }, target)
    expect(page.url(), target).toBe(url)
  }
  expect(await page.evaluate(() => '__executed' in globalThis)).toBe(false)
  expect(page.frames().length).toBe(1)
})

test('13: a blank page, for which Chromium asks nobody, gives way to the window’s own', async () => {
  const { page } = running()
  const url = page.url()
  for (const target of ['about:blank', 'about:blank#13', 'about:srcdoc']) {
    const went = page.waitForEvent('framenavigated')
    await page
      .evaluate((to) => {
        location.href = to
      }, target)
      .catch(() => undefined)
    await went
    await page.waitForURL(url)
    await expect(page.getByRole('button', { name: 'Open the sample workspace' })).toBeVisible()
    expect(page.url(), target).toBe(url)
  }
  await ask(page, 'workspace', 'info', {})
})

test('14: no window opens', async () => {
  const { page, electron } = running()
  const made = await electron.evaluate(({ app }) => {
    const made: string[] = []
    Object.assign(globalThis, { made14: made })
    app.on('web-contents-created', (_event, contents) => made.push(contents.getType()))
    return made.length
  })
  expect(made).toBe(0)
  const popup = await page.evaluate((to) => {
    const link = Object.assign(document.createElement('a'), {
      href: to,
      target: '_blank',
      textContent: 'away',
    })
    document.body.append(link)
    link.click()
    for (const modifier of ['ctrlKey', 'shiftKey', 'metaKey', 'altKey'])
      link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, [modifier]: true }))
    link.dispatchEvent(new MouseEvent('auxclick', { bubbles: true, cancelable: true, button: 1 }))
    link.remove()
    return [to, 'about:blank', '', 'app://earmark/', 'javascript:1', 'file:///etc/passwd'].map(
      (address) => window.open(address, '_blank', 'nodeIntegration=1,sandbox=0') === null,
    )
  }, `${listener.url}/14`)
  expect(popup).toEqual([true, true, true, true, true, true])
  expect(await electron.evaluate(() => (globalThis as unknown as { made14: string[] }).made14)).toEqual([])
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})

test('15: nothing is handed to the system to open', async () => {
  const { page, electron } = running()
  await electron.evaluate(({ shell }) => {
    const asked: string[] = []
    Object.assign(globalThis, { asked15: asked })
    shell.openExternal = async (to) => {
      asked.push(to)
    }
    shell.openPath = async (to) => {
      asked.push(to)
      return ''
    }
  })
  await page.evaluate(() => {
    for (const to of [
      'https://example.com/15',
      'mailto:a@example.com',
      'tel:+15551234',
      'smb://a/b',
      'ms-msdt:/id',
      'vscode://x',
    ])
      for (const target of ['', '_blank']) {
        const link = Object.assign(document.createElement('a'), { href: to, target, textContent: 'away' })
        document.body.append(link)
        link.click()
        link.remove()
        window.open(to, target === '' ? '_self' : target)
      }
  })
  expect(await electron.evaluate(() => (globalThis as unknown as { asked15: string[] }).asked15)).toEqual([])
})

test('16: the Electron that is asked for is one version exactly, and the one that runs unless it is the test copy', async () => {
  const { page } = running()
  const manifest: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  )
  const pinned = manifest.devDependencies.electron ?? ''
  expect(pinned).toMatch(/^\d+\.\d+\.\d+$/)
  // The newest major when this was written; three are supported by Electron's makers at a time.
  expect(Number(pinned.split('.')[0])).toBeGreaterThanOrEqual(45)
  const { runtime, electronVersion } = await ask(page, 'workspace', 'info', {})
  if (runtime === 'official') expect(electronVersion).toBe(pinned)
  // Not by a locator: Playwright waits for the navigations that were refused above.
  else expect(await page.evaluate(() => document.body.textContent)).toContain('test copy of Electron')
})

test('17: only the window’s own page is answered', async () => {
  const { electron, page } = running()
  await ask(page, 'workspace', 'info', {})
  const answers = await electron.evaluate(
    async ({ BrowserWindow, session }, preload) => {
      const asked: unknown[] = []
      const strange = session.fromPartition('stranger-17')
      // Another page on another host of the same scheme, and one that only begins like ours.
      strange.protocol.handle(
        'app',
        () => new Response('<p>stranger</p>', { headers: { 'content-type': 'text/html' } }),
      )
      for (const url of [
        'data:text/html,<p>stranger</p>',
        'app://decoder/',
        'app://earmark.example/',
        'app://earmark@evil/',
        'about:blank',
      ]) {
        const stranger = new BrowserWindow({
          show: false,
          webPreferences: { preload, sandbox: true, session: strange },
        })
        try {
          await stranger.loadURL(url)
          asked.push(await stranger.webContents.executeJavaScript(`earmark.invoke('workspace', 'info', {})`))
        } finally {
          stranger.destroy()
        }
      }
      return asked
    },
    join(ROOT, 'out', 'preload', 'index.cjs'),
  )
  expect(answers).toHaveLength(5)
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, code: 'invalid_input' })
  const channels = await electron.evaluate(({ ipcMain }) => ipcMain.eventNames().map(String))
  expect(
    channels.filter((name) => name.startsWith('earmark')),
    'nothing listens without answering',
  ).toEqual([])
})

test('18: nothing comes from file:, the page is served by a scheme of its own', async () => {
  const { page, electron } = running()
  expect(page.url()).toMatch(/^app:\/\/earmark\//)
  const outcome = await electron.evaluate(async ({ session }) =>
    session.defaultSession.fetch('file:///etc/passwd').then(
      async (answer) => (answer.status === 404 ? 'refused' : answer.text()),
      () => 'refused',
    ),
  )
  expect(outcome).toBe('refused')
  const picture = await page.evaluate(
    () =>
      new Promise((done) => {
        const image = new Image()
        image.onload = () => done('loaded')
        image.onerror = () => done('refused')
        image.src = 'file:///usr/share/pixmaps/debian-logo.png'
      }),
  )
  expect(picture).toBe('refused')
})

test('19: this Electron has the fuses that its package blows', async () => {
  const wire = await getCurrentFuseWire(electronExecutable())
  expect(wire.version).toBe(FuseVersion.V1)
  for (const fuse of [
    FuseV1Options.RunAsNode,
    FuseV1Options.EnableCookieEncryption,
    FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    FuseV1Options.EnableNodeCliInspectArguments,
    FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
    FuseV1Options.OnlyLoadAppFromAsar,
    FuseV1Options.GrantFileProtocolExtraPrivileges,
  ])
    expect(wire[fuse], FuseV1Options[fuse]).toBeDefined()
  // Of a package: that they are as decided, but for the one by which it is driven here.
  const packaged = packagedExecutable()
  if (packaged === null) return
  const states = await readFuses(packaged)
  expect(states.filter(({ state, wanted }) => state !== null && state !== wanted)).toEqual([
    { name: 'nodeCliInspect', wanted: false, state: true },
  ])
})

test('20: the page gets two functions and nothing of Electron', async () => {
  const { page, electron } = running()
  const bridge = await page.evaluate(() => {
    const { earmark } = globalThis as unknown as { earmark: Record<string, unknown> }
    let isFixed = false
    try {
      earmark.invoke = () => 'mine'
    } catch {
      isFixed = true
    }
    return {
      names: Object.keys(earmark).sort(),
      types: Object.values(earmark).map((one) => typeof one),
      isFixed: isFixed || String(earmark.invoke) !== String(() => 'mine'),
      electron: ['electron', 'ipcRenderer', 'contextBridge', 'webFrame'].filter((name) => name in globalThis),
    }
  })
  expect(bridge).toEqual({
    names: ['invoke', 'subscribe'],
    types: ['function', 'function'],
    isFixed: true,
    electron: [],
  })
  // Listeners get what was said, and not the event that could answer.
  const heard = await page.evaluateHandle(() => {
    const { earmark } = globalThis as unknown as {
      earmark: { subscribe(f: (...args: unknown[]) => void): () => void }
    }
    const promise = new Promise<unknown>((done) => {
      const end = earmark.subscribe((...args) => {
        end()
        done(args)
      })
    })
    // In a box, for a promise would be waited for: it has to listen before anything is sent.
    return { promise }
  })
  await electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.send('earmark:event', { type: 'command', id: 'none' }),
  )
  expect(await heard.evaluate(({ promise }) => promise)).toEqual([{ type: 'command', id: 'none' }])
})
