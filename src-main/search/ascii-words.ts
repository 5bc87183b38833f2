/** The words of an ASCII text as FTS5's tokenizer cuts them: letters and digits, case aside. */
export const asciiWords = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? []
