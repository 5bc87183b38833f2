/** What a recording is, by its bytes (see `sniff.ts`). */
export type AudioKind = 'mp3' | 'wav' | 'ogg-opus' | 'ogg-vorbis' | 'flac' | 'ogg-flac' | 'm4a' | 'aac'

interface KindFacts {
  /** Without the dot; what an archived recording is called on disk. */
  readonly extension: string
  /** For `Content-Type`: all of them are types that Chromium plays in `<audio>`. */
  readonly mime: string
  /** For sentences: "This recording is {label} file". */
  readonly label: string
}

export const AUDIO_KINDS = {
  mp3: { extension: 'mp3', mime: 'audio/mpeg', label: 'an MP3' },
  wav: { extension: 'wav', mime: 'audio/wav', label: 'a WAV' },
  'ogg-opus': { extension: 'opus', mime: 'audio/ogg', label: 'an Ogg Opus' },
  'ogg-vorbis': { extension: 'ogg', mime: 'audio/ogg', label: 'an Ogg Vorbis' },
  flac: { extension: 'flac', mime: 'audio/flac', label: 'a FLAC' },
  'ogg-flac': { extension: 'oga', mime: 'audio/ogg', label: 'an Ogg FLAC' },
  m4a: { extension: 'm4a', mime: 'audio/mp4', label: 'an M4A' },
  aac: { extension: 'aac', mime: 'audio/aac', label: 'an AAC' },
} as const satisfies Record<AudioKind, KindFacts>

/** The MIME type for a file named `extension` (with or without its dot, any case), or null if it is none of ours. */
export function mimeOfExtension(extension: string): string | null {
  const wanted = extension.toLowerCase().replace(/^\./, '')
  for (const facts of Object.values(AUDIO_KINDS)) if (facts.extension === wanted) return facts.mime
  return null
}
