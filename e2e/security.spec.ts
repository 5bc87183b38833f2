import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { applicationCommand, ask, expect, ROOT, test } from './fixtures'

test.describe('the window', () => {
  test('is isolated, sandboxed and has no Node', async ({ launch }) => {
    const { electron, page } = await launch()
    const preferences = await electron.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      return contents && 'getLastWebPreferences' in contents
        ? (
            contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
          ).getLastWebPreferences()
        : null
    })
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
    })
    const seen = await page.evaluate(() => ({
      require: typeof (globalThis as Record<string, unknown>).require,
      process: typeof (globalThis as Record<string, unknown>).process,
      bridge: Object.keys((globalThis as unknown as { earmark: object }).earmark).sort(),
    }))
    expect(seen).toEqual({ require: 'undefined', process: 'undefined', bridge: ['invoke', 'subscribe'] })
  })

  test('is served by app:// under a policy that allows nothing but its own files', async ({ launch }) => {
    const { page, problems } = await launch()
    expect(page.url()).toMatch(/^app:\/\/earmark\//)
    const blocked = await page.evaluate(async () => {
      const violations = new Set<string>()
      const allSeen = new Promise<void>((done) => {
        document.addEventListener('securitypolicyviolation', (event) => {
          violations.add(event.effectiveDirective)
          if (violations.size === 3) done()
        })
      })
      const script = document.createElement('script')
      script.textContent = 'window.hacked = true'
      document.body.append(script)
      const image = document.createElement('img')
      image.src = 'https://127.0.0.1/x.png'
      document.body.append(image)
      const outcome = await fetch('https://127.0.0.1/').then(
        () => 'fetched',
        () => 'refused',
      )
      await allSeen
      return { outcome, violations: [...violations].sort(), hacked: 'hacked' in window }
    })
    expect(blocked.outcome).toBe('refused')
    expect(blocked.hacked).toBe(false)
    expect(blocked.violations).toEqual(['connect-src', 'img-src', 'script-src-elem'])
    problems.length = 0 // the refusals above are reported on the console, as they should be
  })

  test('grants no permission, opens no window, goes nowhere', async ({ launch }) => {
    const { electron, page, problems } = await launch()
    const url = page.url()
    const outcome = await page.evaluate(async () => ({
      notifications: await Notification.requestPermission(),
      microphone: await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'granted',
        () => 'denied',
      ),
      popup: window.open('https://127.0.0.1/') === null,
    }))
    expect(outcome).toEqual({ notifications: 'denied', microphone: 'denied', popup: true })
    await page.evaluate(() => {
      location.href = 'https://127.0.0.1/'
    })
    await page.evaluate(() => {
      location.href = 'file:///etc/passwd'
    })
    expect(page.url()).toBe(url)
    expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
    problems.length = 0
  })

  test('reads no file outside of the interface, however the address is spelt', async ({ launch }) => {
    const { electron } = await launch()
    const paths = [
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/package.json',
      '/%2e%2e%2fmain/index.js',
      '/..\\main\\index.js',
      '/assets/../../main/index.js',
      '//etc/passwd',
      '/etc/passwd',
      '/recordings/../../../etc/passwd',
      '/recordings/aaaaaaaaaaaaaaaa/../../package.json',
      '/recordings/aaaaaaaaaaaaaaaa',
      '/recordings/%00',
      '/index.html%00.png',
    ]
    const statuses = await electron.evaluate(
      async ({ net }, all) =>
        Promise.all(all.map(async (path) => (await net.fetch(`app://earmark${path}`)).status)),
      paths,
    )
    expect(statuses).toEqual(paths.map(() => 404))
  })

  test('refuses calls that are not of the contract, and inputs of the wrong form', async ({ launch }) => {
    const { page } = await launch()
    const answers = await page.evaluate(async () => {
      const { invoke } = (
        globalThis as unknown as { earmark: { invoke: (...args: unknown[]) => Promise<unknown> } }
      ).earmark
      return Promise.all([
        invoke('imports', 'files', { paths: ['/etc/passwd'], connectionName: null }),
        invoke('exports', 'write', { path: '/tmp/x', options: {} }),
        invoke('__proto__', 'constructor', {}),
        invoke('calls', 'get', { callId: '../../etc/passwd' }),
        invoke('calls', 'get', null),
        invoke({}, [], 7),
      ])
    })
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, code: 'invalid_input' })
  })

  test('is the only page that may ask: another one with the same preload is refused', async ({ launch }) => {
    const { electron, page } = await launch()
    await ask(page, 'workspace', 'info', {})
    const answer = await electron.evaluate(
      async ({ BrowserWindow }, preload) => {
        const stranger = new BrowserWindow({
          show: false,
          webPreferences: { preload, sandbox: true, partition: 'stranger' },
        })
        try {
          await stranger.loadURL('data:text/html,<p>stranger</p>')
          return await stranger.webContents.executeJavaScript(`earmark.invoke('workspace', 'info', {})`)
        } finally {
          stranger.destroy()
        }
      },
      join(ROOT, 'out', 'preload', 'index.cjs'),
    )
    expect(answer).toMatchObject({ ok: false, code: 'invalid_input' })
  })

  test('is one a workspace: a second start brings the first one to the front', async ({
    launch,
    workspace,
  }) => {
    const { electron } = await launch()
    const { executable, first } = applicationCommand()
    const second = spawnSync(executable, [...first, '--workspace', workspace], {
      env: { ...process.env, XDG_DATA_HOME: `${workspace}-data` },
      timeout: 30_000,
    })
    expect(second.status).toBe(0)
    expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  })

  test('says all the time when it runs on the fallback runtime', async ({ launch }) => {
    const { page } = await launch()
    const { runtime } = await ask(page, 'workspace', 'info', {})
    await expect(page.getByText('test copy of Electron')).toHaveCount(runtime === 'fallback' ? 1 : 0)
  })
})
