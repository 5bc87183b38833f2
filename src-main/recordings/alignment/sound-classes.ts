import { spellNumbers } from '../../calls/spoken-numbers'

/**
 * Sounds so coarsely classed that letters tell them in most languages, and a telephone lets them be told apart: open, front
 * and back vowels, nasals, liquids, voiced and voiceless stops, sibilants, other fricatives.
 */
export const SOUND_CLASSES = 9
const [OPEN, FRONT, BACK, NASAL, LIQUID, VOICED, VOICELESS, SIBILANT, FRICATIVE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const

const LATIN: Readonly<Record<string, readonly number[]>> = {
  a: [OPEN],
  o: [OPEN],
  e: [FRONT],
  i: [FRONT],
  y: [FRONT],
  u: [BACK],
  w: [BACK],
  m: [NASAL],
  n: [NASAL],
  l: [LIQUID],
  r: [LIQUID],
  b: [VOICED],
  d: [VOICED],
  g: [VOICED],
  p: [VOICELESS],
  t: [VOICELESS],
  k: [VOICELESS],
  c: [VOICELESS],
  q: [VOICELESS],
  x: [VOICELESS, SIBILANT],
  s: [SIBILANT],
  z: [SIBILANT],
  j: [SIBILANT],
  f: [FRICATIVE],
  v: [FRICATIVE],
  h: [FRICATIVE],
}

const BY_LETTER = {
  cyrillic: ['абвгдеёжзийклмнопрстуфхцчшщыэюяіїєґў', 'abvgdeejziiklmnoprstufhsssstieuaiiegu'],
  greek: ['αβγδεζηθικλμνξοπρστυφχψως', 'avgdezithklmnxoprstifhsos'],
  hebrew: ['אבגדהוזחטיכלמנסעפצקרשתךםןףץ', 'abgdhuzhtiklmnsapskrstkmnps'],
  arabic: ['ابتثجحخدذرزسشصضطظعغفقكلمنهويىةآأإئءؤپچژگیک', 'abtsjhhdzrzssszttaghfkklmnhuiiaaaaaiupsjgik'],
} as const

const FOREIGN = new Map(
  Object.values(BY_LETTER).flatMap(([letters, latin]) =>
    [...letters].map((letter, i): [string, string] => [letter, latin[i] ?? '']),
  ),
)

/** Consonants and vowels of the Indic scripts, whose blocks are laid out alike: by the last 7 bits of the code. */
const INDIC_BLOCKS = /[\u0900-\u0d7f]/u
const INDIC_CONSONANTS = 'kkggnccjjnttddnttddnnppbbmyrrlllvsssh'
const INDIC_VIRAMA = 0x4d

/**
 * The classes of a text's sounds in order; empty for scripts whose letters do not tell sounds (Chinese, Thai, …).
 */
export function soundClasses(text: string): Uint8Array {
  const plain = latinised(spellNumbers(text.normalize('NFC')).toLowerCase())
  const classes: number[] = []
  for (const [word] of plain.matchAll(/[a-z]+/g))
    for (const letter of heard(word)) classes.push(...(LATIN[letter] ?? []))
  return Uint8Array.from(classes)
}

/** Letters that stand for one sound as one, the silent ones gone: what is common to English and its neighbours. */
function heard(word: string): string {
  return word
    .replace(/tion\b|sion\b|tions\b/g, 'sn')
    .replace(/[aeiou]gh(t?)/g, (all, t: string) => `${all[0]}${t}`)
    .replace(/^kn/, 'n')
    .replace(/^wr/, 'r')
    .replace(/sch|sh|ch/g, 's')
    .replace(/th/g, 'v')
    .replace(/ph/g, 'f')
    .replace(/wh/g, 'w')
    .replace(/ck/g, 'k')
    .replace(/qu/g, 'kw')
    .replace(/c(?=[eiy])/g, 's')
    .replace(/(?<=[a-z][^aeiou])e$/, '')
    .replace(/(.)\1/g, '$1')
}

function latinised(text: string): string {
  let result = ''
  let open = false
  for (const letter of text) {
    if (INDIC_BLOCKS.test(letter)) {
      const code = (letter.codePointAt(0) ?? 0) & 0x7f
      const consonant = code >= 0x15 && code <= 0x39 ? (INDIC_CONSONANTS[code - 0x15] ?? '') : ''
      if (open && (consonant !== '' || code < 0x3e)) result += 'a'
      open = consonant !== ''
      if (consonant !== '') result += consonant
      else if (code >= 0x3e && code <= 0x4c) {
        open = false
        result += indicVowel(code - 0x3e)
      } else if (code === INDIC_VIRAMA) open = false
      else if (code >= 0x05 && code <= 0x14) result += indicVowel(code - 6)
      else if (code === 0x02) result += 'n'
      continue
    }
    // A word's last inherent vowel is mostly silent.
    open = false
    const foreign = FOREIGN.get(letter)
    if (foreign !== undefined) result += foreign
    else
      result += letter
        .normalize('NFD')
        .replace(/\p{Mn}/gu, '')
        .replace('ß', 's')
        .replace('æ', 'e')
        .replace('ø', 'o')
        .replace('ł', 'l')
        .replace('ı', 'i')
  }
  return hangul(result)
}

const indicVowel = (place: number): string => 'aiiuurleeeeoooo'[Math.max(0, place)] ?? 'a'

const LEADS = 'k,k,n,t,t,r,m,p,p,s,s,,j,j,s,k,t,p,h'.split(',')
const MIDDLES = 'a,e,ia,ie,o,e,io,ie,o,ua,ue,ue,io,u,uo,ue,ui,iu,u,ui,i'.split(',')
const TAILS = ',k,k,k,n,n,n,t,l,l,l,l,l,l,l,l,m,p,p,t,t,n,t,t,k,t,p,t'.split(',')

/** Hangul syllables by their parts (Unicode 3.12). */
function hangul(text: string): string {
  return text.replace(/[\uac00-\ud7a3]/g, (syllable) => {
    const code = syllable.charCodeAt(0) - 0xac00
    return `${LEADS[Math.floor(code / 588)]}${MIDDLES[Math.floor((code % 588) / 28)]}${TAILS[code % 28]}`
  })
}
