/**
 * The command in the application's own arguments, or null: `--cli -- COMMAND [ARGUMENT]...`. The `--` is required, because
 * Chromium and Electron take what comes before it for switches of theirs.
 */
export function commandIn(argv: readonly string[]): string[] | null {
  const end = argv.indexOf('--')
  return end > 0 && argv[end - 1] === '--cli' ? argv.slice(end + 1) : null
}
