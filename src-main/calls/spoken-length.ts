import { spellNumbers } from './spoken-numbers'

const MEASURED = 50_000

/**
 * How long a text takes to say, in units of about 1/25 s: 3 x syllables + letters + 5 x inner punctuation + 3, with
 * numbers as they are spoken. Measured to predict the lengths of turns better than counting characters.
 * 0 for what is not spoken at all ("---", "", "…").
 */
export function spokenLength(text: string): number {
  const known = measured.get(text)
  if (known !== undefined) return known
  const length = measure(text)
  if (text.length > LONG) return length
  if (measured.size >= MOST_MEASURED) measured.clear()
  measured.set(text, length)
  return length
}

/** A call's texts are asked for again whenever something of it is shown anew. */
const measured = new Map<string, number>()
const MOST_MEASURED = 4000
const LONG = 1000

function measure(text: string): number {
  // What is longer than an hour's monologue is no utterance: its beginning tells how the rest is made.
  if (text.length > MEASURED) return (measure(text.slice(0, MEASURED)) * text.length) / MEASURED
  let syllables = 0
  let letters = 0
  const words = spellNumbers(text.normalize('NFC')).replaceAll('&', ' and ')
  for (const [word] of words.matchAll(/[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu)) {
    syllables += syllablesOf(word)
    letters += lettersOf(word)
  }
  if (syllables === 0) return 0
  const pauses = text.trim().match(/[,;:.!?…—–](?=\s+\S)|[。、，；：！？।॥؟،۔](?=\s*\S)/gu)?.length ?? 0
  return 3 * syllables + letters + 5 * pauses + 3
}

const IDEOGRAPH = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu
const VIRAMA = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]/gu
const INDIC =
  /[\p{sc=Devanagari}\p{sc=Bengali}\p{sc=Gurmukhi}\p{sc=Gujarati}\p{sc=Oriya}\p{sc=Tamil}\p{sc=Telugu}\p{sc=Kannada}\p{sc=Malayalam}\p{sc=Sinhala}]/u
const VOWELS = /[aeiouyаеёиоуыэюяіїєαεηιουω]+/gu
const CONSONANT_SCRIPT = /[\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u

function syllablesOf(word: string): number {
  const ideographs = word.match(IDEOGRAPH)?.length ?? 0
  if (ideographs > 0) return ideographs
  const letters = word.match(/\p{L}/gu)?.length ?? 0
  // An akshara is a letter with its signs; a virama joins it to the next.
  if (INDIC.test(word)) return Math.max(1, letters - (word.match(VIRAMA)?.length ?? 0))
  if (CONSONANT_SCRIPT.test(word)) return Math.max(1, letters / 2)
  // Initials are said letter by letter.
  if (/^[B-DF-HJ-NP-TV-XZ]{2,4}$/.test(word)) return letters
  const plain = word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\p{Mn}'’]/gu, '')
  // In English a final e is silent, and so is that of -ed but after t and d.
  const spoken = plain.replace(/(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$/, '')
  return Math.max(1, spoken.match(VOWELS)?.length ?? 0)
}

function lettersOf(word: string): number {
  const ideographs = word.match(IDEOGRAPH)?.length ?? 0
  // A syllable written as one character is as long as about three letters.
  return (word.match(/\p{L}/gu)?.length ?? 0) + 2 * ideographs
}
