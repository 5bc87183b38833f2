/** Characters of a turn by which it is named. */
const LENGTH = 36

/** The first words of a turn, to name it by: on one line, cut between words where there are any. */
export function excerpt(text: string): string {
  const characters = [...text.replace(/\s+/gu, ' ').trim()]
  if (characters.length <= LENGTH) return characters.join('')
  const cut = characters.slice(0, LENGTH).join('')
  const space = cut.lastIndexOf(' ')
  return `${(space > LENGTH / 2 ? cut.slice(0, space) : cut).replace(/[\s\p{P}]+$/u, '')}…`
}
