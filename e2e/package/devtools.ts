import { z } from 'zod'

/** One page of a running application, over the DevTools protocol: what a package that nobody can debug still answers. */
export interface DevTools {
  /** Sends a command (https://chromedevtools.github.io/devtools-protocol/) and gives its result. */
  send: (method: string, params?: Record<string, unknown>) => Promise<Record<string, unknown>>
  /** The value of an expression; promises are awaited. */
  evaluate: (expression: string) => Promise<unknown>
  /** Waits until an expression is true, and gives its value; raises after `timeoutMs`. */
  until: (expression: string, timeoutMs?: number) => Promise<unknown>
  /** Types as a person would: into what has the focus. */
  type: (text: string) => Promise<void>
  /** Presses a named key (`Enter`), with Control when asked. */
  press: (key: string, options?: { control?: boolean }) => Promise<void>
  screenshot: () => Promise<Buffer>
  close: () => void
}

const Targets = z.array(z.object({ type: z.string(), url: z.string(), webSocketDebuggerUrl: z.string() }))
const Answer = z.object({
  id: z.number().optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
})
const Evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z
    .object({ text: z.string(), exception: z.object({ description: z.string() }).partial() })
    .partial()
    .optional(),
})

/** Connects to the window of an application that was started with `--remote-debugging-port`. */
export async function connectDevTools(port: number): Promise<DevTools> {
  const page = await untilGiven(async () => {
    const targets = Targets.parse(await (await fetch(`http://127.0.0.1:${port}/json/list`)).json())
    return targets.find(({ type, url }) => type === 'page' && url.startsWith('app://earmark/'))
  }, 'The window did not open.')
  const socket = new WebSocket(page.webSocketDebuggerUrl)
  await new Promise<void>((done, fail) => {
    socket.addEventListener('open', () => done(), { once: true })
    socket.addEventListener('error', () => fail(new Error('DevTools did not answer.')), { once: true })
  })
  const waiting = new Map<number, (answer: z.infer<typeof Answer>) => void>()
  let last = 0
  socket.addEventListener('close', () => {
    for (const [id, answer] of [...waiting]) answer({ id, error: { message: 'The application ended.' } })
  })
  socket.addEventListener('message', ({ data }) => {
    const answer = Answer.parse(JSON.parse(String(data)))
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer)
  })
  const send: DevTools['send'] = (method, params = {}) =>
    new Promise((done, fail) => {
      last += 1
      const id = last
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id)
        if (error) fail(new Error(`${method}: ${error.message}`))
        else done(result ?? {})
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  const evaluate: DevTools['evaluate'] = async (expression) => {
    const { result, exceptionDetails } = Evaluated.parse(
      await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      }),
    )
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text ?? 'It failed.')
    return result.value
  }
  const key = (type: string, name: string, control: boolean) =>
    send('Input.dispatchKeyEvent', {
      type,
      key: name,
      code: name,
      modifiers: control ? 2 : 0,
      windowsVirtualKeyCode: name === 'Enter' ? 13 : 0,
    })
  return {
    send,
    evaluate,
    until: (expression, timeoutMs = 30_000) =>
      untilGiven(
        async () => (await evaluate(expression)) || undefined,
        `It never came true: ${expression}`,
        timeoutMs,
      ),
    type: async (text) => {
      await send('Input.insertText', { text })
    },
    press: async (name, { control = false } = {}) => {
      await key('rawKeyDown', name, control)
      await key('keyUp', name, control)
    },
    screenshot: async () => {
      const { data } = z
        .object({ data: z.string() })
        .parse(await send('Page.captureScreenshot', { format: 'png' }))
      return Buffer.from(data, 'base64')
    },
    close: () => socket.close(),
  }
}

/** Asks until there is an answer that is not undefined. The far side has no event for what is waited for. */
async function untilGiven<T>(
  ask: () => Promise<T | undefined>,
  problem: string,
  timeoutMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const given = await ask()
      if (given !== undefined) return given
    } catch (error) {
      cause = error
    }
    if (performance.now() > endMs)
      throw new Error(cause instanceof Error ? `${problem} (${cause.message})` : problem, { cause })
    await new Promise((done) => setTimeout(done, 50))
  }
}
