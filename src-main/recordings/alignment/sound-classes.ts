import { spellNumbers } from '../../calls/spoken-numbers'

/**
 * Sounds as letters tell them in most languages: vowels, nasals, liquids, stops, sibilants, other fricatives. `j` stands for
 * the sound of "sh", "ch" and "j", `f` for that of "th" too, `w` for that of "u".
 */
export const SOUNDS = 'aeiouymnlrbdgptksjfh'
export const SOUND_CLASSES = SOUNDS.length

const LATIN: Readonly<Record<string, string>> = {
  w: 'u',
  q: 'k',
  v: 'f',
  x: 'ks',
  z: 's',
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
    for (const letter of heard(word))
      for (const sound of LATIN[letter] ?? letter) classes.push(SOUNDS.indexOf(sound))
  return Uint8Array.from(classes)
}

/** What letters stand for, one after the other: English, and what its neighbours have in common with it. `y`: the vowel of "her". */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^i$/, 'ai'],
  [/^(m|b|wh|tr|fl|dr|sk)y$/, '$1ai'],
  [/^the$/, 'fy'],
  [/^(o)f$/, '$1v'],
  [/^you/, 'iu'],
  [/[ts]ion/g, 'jyn'],
  [/tch|sch|sh|ch|dg(?=e)/g, 'j'],
  [/igh/g, 'ai'],
  [/[aeo]ugh(?=t)/g, 'o'],
  [/eigh/g, 'ei'],
  [/gh/g, ''],
  [/^kn/, 'n'],
  [/wr/g, 'r'],
  [/th|ph/g, 'f'],
  [/^wh/, 'w'],
  [/ck/g, 'k'],
  [/qu/g, 'kw'],
  [/c(?=[eiy])/g, 's'],
  [/c(?!$)(?=[^h])|c$/g, 'k'],
  [/ee|ea|ie(?!$)|ey$/g, 'i'],
  [/oo|ew/g, 'u'],
  [/ou|ow/g, 'au'],
  [/a[iy]/g, 'ei'],
  [/o[iy]/g, 'oi'],
  [/a[uw]/g, 'o'],
  [/oa/g, 'ou'],
  [/a(?=[bdgkmnpstvzl]e$)/g, 'ei'],
  [/i(?=[bdgkmnpstvzl]e$)/g, 'ai'],
  [/o(?=[bdgkmnpstvzl]e$)/g, 'ou'],
  [/(?<=[a-z][^aeiouy])e$/, ''],
  [/(?<=[^aeioutd])ed$/, 'd'],
  [/[eiu]r(?![aeiou])/g, 'yr'],
  [/u(?=[bdgkmnpstvfl](?:[^aeiou]|$))/g, 'a'],
  [/y$/, 'i'],
  [/^y(?=[aeiou])/, 'i'],
  [/([a-z])\1/g, '$1'],
]

function heard(word: string): string {
  return SPELLINGS.reduce((sounds, [spelling, sound]) => sounds.replace(spelling, sound), word)
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
