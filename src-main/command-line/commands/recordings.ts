import { LEAST_QUOTA_BYTES, LogInScheme, type RecordingHost, type RecordingStorage } from '@contract'
import type { Command } from 'commander'
import { EXIT, usage } from '../output'
import { recordingSecretFromEnv, recordingSecretFromStdin } from '../secrets-input'
import type { RunCommand, Session } from '../session'

/** `earmark recordings …`: what is stored, what is kept offline, and the log-ins of recording hosts. */
export function addRecordings(program: Command, run: RunCommand): void {
  const recordings = program
    .command('recordings')
    .description('what recordings take, which are kept offline, and log-ins of the hosts that they come from')

  recordings
    .command('status')
    .description('how much recordings take, and what waits')
    .action(() =>
      run(async ({ ask, output }) => {
        const storage = await ask('recordings', 'storage', {})
        output.result({ type: 'recordings', ...storage }, inWords(storage))
        return EXIT.done
      }),
    )

  recordings
    .command('quota')
    .argument('<size>', 'such as 20GB or 500MB, or off')
    .description('how much recordings may take; those that were not used for longest are removed beyond it')
    .action((size: string) =>
      run(async ({ ask, output }) => {
        const quotaBytes = quotaFrom(size)
        const done = await ask('recordings', 'setQuota', { quotaBytes })
        output.result(
          { type: 'quota', quotaBytes, ...done },
          `Recordings may take ${quotaBytes === null ? 'any room' : gigabytes(quotaBytes)}; ${done.removed} removed (${gigabytes(done.freedBytes)}).`,
        )
        return EXIT.done
      }),
    )

  recordings
    .command('keep')
    .argument('<query...>', 'a search; its calls’ recordings are kept')
    .option('--undo', 'let them be removed again when room is needed')
    .description('keep recordings offline: never removed, and downloaded now where they are missing')
    .action((words: string[], options: { undo?: boolean }) =>
      run(async (session) => {
        const { ask, output, signal } = session
        const keep = options.undo !== true
        const what = { kind: 'query', query: words.join(' ') } as const
        const cancel = () => void ask('recordings', 'cancelKeep', {})
        signal.addEventListener('abort', cancel, { once: true })
        const done = await ask('recordings', 'keep', { what, keep }).finally(() =>
          signal.removeEventListener('abort', cancel),
        )
        output.result(
          { type: 'kept', keep, ...done },
          keep
            ? `${done.calls} recordings are kept offline; ${done.toDownload} of them are to be downloaded.`
            : `${done.calls} recordings may be removed again when room is needed.`,
        )
        if (done.isCancelled || signal.aborted) return EXIT.failed
        return done.toDownload > 0 ? await downloadNow(session) : EXIT.done
      }),
    )

  recordings
    .command('download')
    .description('download what waits, without asking the vendors for new calls')
    .action(() => run(downloadNow))

  recordings
    .command('hosts')
    .description('hosts of recordings that have a log-in, or want one')
    .action(() =>
      run(async ({ ask, output }) => {
        const hosts = await ask('recordings', 'hosts', {})
        if (output.json) for (const host of hosts) output.result({ type: 'host', ...host }, '')
        else
          output.result(
            {},
            hosts.length === 0 ? 'No host has a log-in or wants one.' : hosts.map(hostLine).join('\n'),
          )
        return EXIT.done
      }),
    )

  recordings
    .command('login')
    .argument('<host>', 'such as api.twilio.com')
    .option(
      '--username <name>',
      'for a user name with a password (Basic); without it, the secret is a token (Bearer)',
    )
    .option('--secret-from-env', 'the secret from EARMARK_RECORDING_SECRET instead of standard input')
    .description(
      'keep a host’s log-in; the secret comes from standard input and goes to the system’s keychain',
    )
    .action((host: string, options: { username?: string; secretFromEnv?: boolean }) =>
      run(async ({ ask, output, signal }) => {
        const secret = options.secretFromEnv
          ? recordingSecretFromEnv(process.env)
          : await recordingSecretFromStdin(process.stdin, signal)
        const scheme = options.username === undefined ? LogInScheme.enum.bearer : LogInScheme.enum.basic
        const done = await ask('recordings', 'setHost', {
          host,
          scheme,
          username: options.username ?? '',
          secret,
        })
        const next =
          done.requeued > 0 ? ` ${done.requeued} recordings wait for "earmark recordings download".` : ''
        output.result({ type: 'login', ...done }, `The log-in for ${done.host} is kept.${next}`)
        return EXIT.done
      }),
    )

  recordings
    .command('logout')
    .argument('<host>', 'as "hosts" prints it')
    .description('forget a host’s log-in')
    .action((host: string) =>
      run(async ({ ask, output }) => {
        await ask('recordings', 'removeHost', { host })
        output.result({ type: 'logout', host }, `The log-in for ${host} is forgotten.`)
        return EXIT.done
      }),
    )
}

async function downloadNow({ ask, output, onEvent, signal }: Session): Promise<number> {
  onEvent((event) => {
    if (event.type !== 'sync.progress') return
    const { connectionName, done, total } = event.progress
    output.progress({ type: 'progress', ...event.progress }, `${connectionName}: ${done} / ${total ?? '?'}`)
  })
  const cancel = async () => {
    for (const { connectionId } of await ask('sync', 'status', {}))
      await ask('sync', 'cancel', { connectionId })
  }
  const onAbort = () => void cancel()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const done = await ask('recordings', 'download', {})
    for (const problem of done.problems) process.stderr.write(`earmark: ${problem}\n`)
    if (done.busy > 0)
      process.stderr.write(
        `earmark: Another Earmark works on ${done.busy} of the connections; it downloads what waits there.\n`,
      )
    output.result(
      { type: 'downloaded', ...done },
      `${done.downloaded} recordings downloaded, ${done.failed} failed.`,
    )
    return signal.aborted || done.failed > 0 ? EXIT.failed : EXIT.done
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 }

/** Bytes of "20GB", "1.5 TB" or "500MB"; null for "off". Raises `invalid_input`. */
export function quotaFrom(text: string): number | null {
  if (text.trim().toLowerCase() === 'off') return null
  const match = /^\s*(\d+(?:\.\d+)?)\s*([MGT]B)\s*$/i.exec(text)
  const bytes = Math.round(Number(match?.[1]) * (UNITS[match?.[2]?.toUpperCase() ?? ''] ?? Number.NaN))
  if (!Number.isSafeInteger(bytes) || bytes < LEAST_QUOTA_BYTES)
    throw usage(
      `A quota is a size of at least ${LEAST_QUOTA_BYTES / 1e6}MB, such as 20GB, or off; not "${text}".`,
    )
  return bytes
}

const gigabytes = (bytes: number): string =>
  bytes >= 1e9 ? `${Math.round(bytes / 1e8) / 10} GB` : `${Math.round(bytes / 1e5) / 10} MB`

function inWords(storage: RecordingStorage): string {
  const { files, bytes, quotaBytes, keptFiles, keptBytes, removable, waiting, freeDiskBytes, problem } =
    storage
  return [
    `stored     ${files} recordings, ${gigabytes(bytes)}`,
    `limit      ${quotaBytes === null ? 'none' : gigabytes(quotaBytes)}`,
    `protected  ${keptFiles} recordings, ${gigabytes(keptBytes)} (kept offline, annotated, or imported)`,
    `removable  ${removable}`,
    `waiting    ${waiting}`,
    ...(freeDiskBytes === null ? [] : [`free       ${gigabytes(freeDiskBytes)} on the disk`]),
    ...(problem === null ? [] : [problem]),
  ].join('\n')
}

function hostLine({ host, scheme, username, waiting, problem }: RecordingHost): string {
  const how = scheme === null ? 'no log-in' : scheme === 'basic' ? `user ${username}` : 'token'
  const waits = waiting === 0 ? '' : `; ${waiting} recordings want it`
  return `${host}  ${how}${waits}${problem === null ? '' : `; ${problem}`}`
}
