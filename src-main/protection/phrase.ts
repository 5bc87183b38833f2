import { EarmarkError } from '@contract/errors'
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'

/** 256 bits and 8 of a checksum, 11 a word (BIP-39). */
export const PHRASE_WORDS = 24
const KNOWN = new Set(wordlist)
/** Two words of the list never begin with the same four letters. */
const TELLING_LETTERS = 4

/** A workspace's key as 24 English words, to be written on paper. */
export const phraseOf = (master: Uint8Array): string => entropyToMnemonic(master, wordlist)

/**
 * The key that a recovery phrase stands for. Takes what people type: capitals, line breaks, numbers before the words, the
 * first four letters of a word. Raises `invalid_input`, naming the place of the first word that can't be right (never the phrase).
 */
export function keyOfPhrase(typed: string): Uint8Array {
  const words = typed
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
    .map(completed)
  const wrong = words.findIndex((word) => !KNOWN.has(word))
  if (wrong >= 0 && wrong < PHRASE_WORDS)
    throw new EarmarkError(
      'invalid_input',
      `Word ${wrong + 1} is not a word of a recovery phrase. Compare it with what you wrote down.`,
      { field: 'phrase', word: wrong + 1 },
    )
  if (words.length !== PHRASE_WORDS)
    throw new EarmarkError(
      'invalid_input',
      `A recovery phrase has ${PHRASE_WORDS} words; these are ${words.length}.`,
      { field: 'phrase' },
    )
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch {
    throw new EarmarkError(
      'invalid_input',
      'One of the words is another one, or two changed places: together they are no recovery phrase. Compare them with what you wrote down.',
      { field: 'phrase' },
    )
  }
}

function completed(word: string): string {
  if (KNOWN.has(word) || word.length < TELLING_LETTERS) return word
  const [only, ...others] = wordlist.filter((known) => known.startsWith(word))
  return only !== undefined && others.length === 0 ? only : word
}
