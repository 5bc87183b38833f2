import { describe, expect, it } from 'vitest'
import { redact, redactMessage, withoutPaths } from './redact'

const PERSON = { home: '/home/ortiz', userName: 'ortiz', workspace: '/srv/calls/workspace' }

describe('redact', () => {
  it.each([
    ['Authorization: Bearer sk-12345', 'sk-12345'],
    ['{"x-access-token":"tok_99"}', 'tok_99'],
    ['apiKey=abcdef', 'abcdef'],
    ['GET https://host/a.mp3?X-Signature=deadbeef failed', 'deadbeef'],
    ['https://ada:lovelace@host/', 'lovelace'],
    ['the key was canary-prosper-7f3a91c4d2e85b60 today', '7f3a91c4d2e85b60'],
    ['call from +14155550134', '4155550134'],
    ['call from 4155550134', '4155550134'],
    ['call from (415) 555-0134', '555-0134'],
    ['call from +49 30 901820', '901820'],
    ['call from 415.555.0134, again', '555.0134'],
    ['call from 0044 20 7946 0018', '7946'],
    ['write to mara.ortiz+calls@example.co.uk now', 'mara.ortiz'],
  ])('takes the secret out of "%s"', (text, secret) => {
    expect(redact(text)).not.toContain(secret)
  })

  it.each([
    'The search worker ended: out of memory',
    '33.4.11 on linux x64, SQLite 3.54.0',
    'sound, 1204 annotations, version 4',
    '2026-11-21 18:46:39.123',
    'Run "earmark reindex".',
    '12.4 GiB free',
  ])('leaves "%s" alone', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe('the message of an error', () => {
  it.each([
    ['Unexpected token \'w\', "...er said "what a day" is not valid JSON', 'what a day'],
    [`Unexpected token h in JSON at position 0: hello my name is Ada`, 'Ada'],
    ['The folder "/home/ortiz/Calls of Mara" is not there.', 'Mara'],
    ['SyntaxError: Expected property name in JSON near "caller: I would like\nto cancel"', 'cancel'],
    ['no such label: “Missed intent of Mrs Hale”', 'Hale'],
    ['no end of what is quoted: "my number is four one five', 'four'],
  ])('quotes nothing: %s', (text, said) => {
    expect(redactMessage(text, PERSON)).not.toContain(said)
  })

  it('stays a message', () => {
    expect(redactMessage('The search worker ended: out of memory', PERSON)).toBe(
      'The search worker ended: out of memory',
    )
    expect(redactMessage('ENOSPC: no space left on device, write', PERSON)).toBe(
      'ENOSPC: no space left on device, write',
    )
  })
})

describe('folders and addresses', () => {
  it.each([
    [
      '14 of 20 files are missing in /srv/calls/workspace/recordings',
      '14 of 20 files are missing in <workspace>/recordings',
    ],
    ['EACCES: open /home/ortiz/Documents/Hale/export.csv', 'EACCES: open ~/[path]'],
    ['EACCES: open /mnt/Mara Hale/x y/export.csv', 'EACCES: open [path]'],
    ['C:\\Users\\Mara Hale\\AppData\\x.log is gone', '[path] is gone'],
    ['\\\\fileserver\\hale\\x', '[path]'],
    ['ortiz may not', '[user] may not'],
    ['https://voice.hale-insurance.com/v1/calls answered 500', 'https:[address] answered 500'],
    ['and/or, 3/4 of 7 days', 'and/or, 3/4 of 7 days'],
  ])('"%s" is told as "%s"', (text, wanted) => {
    expect(withoutPaths(text, PERSON)).toBe(wanted)
  })
})
