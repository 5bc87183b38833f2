/**
 * Run by every runtime that has to load a native module: `probe-native.cjs NAME BINARY` uses the binary and prints
 * "works". A binary that does not fit throws here, or ends the process.
 */
const { join } = require('node:path')

const [name, binary] = process.argv.slice(2)
if (name === 'better-sqlite3') {
  const Database = require(join(__dirname, '..', '..', 'node_modules', 'better-sqlite3'))
  const db = new Database(':memory:', { nativeBinding: binary })
  db.exec("CREATE VIRTUAL TABLE t USING fts5(words); INSERT INTO t VALUES ('a call was made')")
  const row = db.prepare("SELECT count(*) AS found FROM t WHERE t MATCH 'call'").get()
  if (row.found !== 1) throw new Error('SQLite did not find a word')
  // What protects workspaces: the same driver without a cipher is the wrong one.
  if (!db.prepare("SELECT sqlite3mc_config('aegis', 'algorithm')").pluck().get())
    throw new Error('SQLite has no cipher')
  db.close()
} else {
  // Asking for a secret would need a keychain, which a build machine need not have.
  if (typeof require(binary).getPassword !== 'function') throw new Error('keytar has no getPassword')
}
process.stdout.write('works\n')
