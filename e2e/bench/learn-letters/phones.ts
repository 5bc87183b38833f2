import { SOUNDS } from '../../../src-main/recordings/alignment/sound-classes'

/** What phones, in the International Phonetic Alphabet, are among the classes of sounds. */
const IPA: Readonly<Record<string, string>> = {
  ...each('aɑɐæʌ', 'a'),
  ...each('ɒɔoɵ', 'o'),
  ...each('eɛ', 'e'),
  ...each('øœɜəɚɝɘ', 'y'),
  ...each('iɪɨyʏj', 'i'),
  ...each('uʊʉɯw', 'u'),
  ...each('m', 'm'),
  ...each('nŋɲɳ', 'n'),
  ...each('lɫʎɭ', 'l'),
  ...each('rɹʁʀɻ', 'r'),
  ...each('bβ', 'b'),
  ...each('dɖɾ', 'd'),
  ...each('gɡɣ', 'g'),
  ...each('p', 'p'),
  ...each('tʈʔ', 't'),
  ...each('kcq', 'k'),
  ...each('sz', 's'),
  ...each('ʃʒɕʑʂ', 'j'),
  ...each('fvθðʋ', 'f'),
  ...each('hxçɦχ', 'h'),
}

function each(phones: string, sound: string): Record<string, string> {
  return Object.fromEntries([...phones].map((phone) => [phone, sound]))
}

/** The same for flite's names, where their first letter alone does not tell. */
const FLITE: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'aa:o ae:a ah:a ao:o aw:au ax:y axr:y ay:ai b:b ch:j d:d dh:f eh:e er:y ey:ei f:f g:g hh:h ih:i iy:i jh:j k:k l:l ' +
    'm:m n:n ng:n ow:ou oy:oi p:p r:r s:s sh:j t:t th:f uh:u uw:u v:f w:u y:i z:s zh:j'
  )
    .split(' ')
    .map((pair): [string, string] => [pair.split(':')[0] ?? '', pair.split(':')[1] ?? '']),
)

/** The classes, as letters, of a phone's sounds: two for a diphthong, none for a pause. `speak.py` puts F before flite's. */
export function soundsOf(phone: string): string {
  if (phone.startsWith('F')) return FLITE[phone.slice(1)] ?? ''
  const sounds = [...phone].map((one) => IPA[one] ?? '').join('')
  if (sounds === 'tj' || sounds === 'dj') return 'j'
  return sounds === 'ts' ? 's' : sounds.slice(0, 2)
}

const VOWELS = 'aeiouy'
const ALIKE = ['mn', 'lr', 'bdg', 'ptk', 'bp', 'dt', 'gk', 'sj', 'fh', 'tj', 'dr']
/** A sound that no letter stands for, or a letter that is silent. */
const ALONE = 0.8

function difference(heard: string, letter: string): number {
  if (heard === letter) return 0
  const vowel = VOWELS.includes(heard)
  if (vowel !== VOWELS.includes(letter)) return 2 * ALONE
  if (vowel) return 0.5
  return ALIKE.some((alike) => alike.includes(heard) && alike.includes(letter)) ? 0.5 : 1.1
}

/** For each sound that was heard the class of the letter that stands for it, or 255 (cheapest edits). */
export function lettersBeside(heard: string, letters: Uint8Array): Uint8Array {
  const width = letters.length + 1
  const costs = new Float64Array((heard.length + 1) * width)
  const pair = (i: number, j: number): number =>
    (costs[(i - 1) * width + j - 1] ?? 0) + difference(heard[i - 1] ?? '', SOUNDS[letters[j - 1] ?? 0] ?? '')
  for (let i = 0; i <= heard.length; i += 1)
    for (let j = 0; j < width; j += 1) {
      if (i === 0 || j === 0) costs[i * width + j] = ALONE * (i + j)
      else
        costs[i * width + j] = Math.min(
          (costs[(i - 1) * width + j] ?? 0) + ALONE,
          (costs[i * width + j - 1] ?? 0) + ALONE,
          pair(i, j),
        )
    }
  const result = new Uint8Array(heard.length).fill(255)
  let i = heard.length
  let j = letters.length
  while (i > 0 && j > 0) {
    const cost = costs[i * width + j] ?? 0
    if (cost === pair(i, j)) {
      i -= 1
      j -= 1
      result[i] = letters[j] ?? 255
    } else if (cost === (costs[(i - 1) * width + j] ?? 0) + ALONE) i -= 1
    else j -= 1
  }
  return result
}
