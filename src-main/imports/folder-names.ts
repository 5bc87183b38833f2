/** What a file in a watched folder is taken for, by its name: vendor JSON, or audio. */
export type FolderFileKind = 'calls' | 'audio'

const CALLS = /\.(json|jsonl|ndjson)$/i
const AUDIO = /\.(mp3|wav|ogg|oga|opus|flac|m4a|aac)$/i
/** Hidden files, and names that programs give to what they are still writing. */
const TEMPORARY = /^[.~]|~$|\.(part|partial|tmp|temp|crdownload|download|filepart|swp|bak)$/i
/** What systems put into every drive. */
const SYSTEM_FOLDERS = new Set(['$recycle.bin', 'system volume information', 'lost+found', '__macosx'])

/** null: not looked at. */
export function kindOfFile(name: string): FolderFileKind | null {
  if (TEMPORARY.test(name)) return null
  if (CALLS.test(name)) return 'calls'
  return AUDIO.test(name) ? 'audio' : null
}

export const isFolderRead = (name: string): boolean =>
  !TEMPORARY.test(name) && !SYSTEM_FOLDERS.has(name.toLowerCase())

/** An audio file's name without its folder and its ending: the id of its call. */
export const audioStem = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(AUDIO, '')
