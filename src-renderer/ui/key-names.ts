const NAMES: Record<string, { mac: string; other: string }> = {
  $mod: { mac: '⌘', other: 'Ctrl' },
  Control: { mac: '⌃', other: 'Ctrl' },
  Meta: { mac: '⌘', other: 'Win' },
  Alt: { mac: '⌥', other: 'Alt' },
  Shift: { mac: '⇧', other: 'Shift' },
  Escape: { mac: 'Esc', other: 'Esc' },
  Space: { mac: 'Space', other: 'Space' },
  Enter: { mac: '⏎', other: 'Enter' },
  ArrowLeft: { mac: '←', other: '←' },
  ArrowRight: { mac: '→', other: '→' },
  ArrowUp: { mac: '↑', other: '↑' },
  ArrowDown: { mac: '↓', other: '↓' },
  Backspace: { mac: '⌫', other: 'Backspace' },
  Delete: { mac: '⌦', other: 'Del' },
}

export const isMac = (): boolean =>
  typeof navigator === 'object' && /Mac|iPhone|iPad/.test(navigator.platform)

/**
 * What is printed on the keys of one press in tinykeys' notation: "$mod+k" gives ["Ctrl", "K"]. A
 * `Shift` before a sign that needs it anyway ("Shift+?", "Shift+<") is left out: one types the sign.
 */
export function keyParts(keys: string, mac: boolean): string[] {
  const parts = keys.split(/(?<=[\w\]$])\+/).map((part) => part.replace(/^\[(.*)\]$/, '$1'))
  const last = parts.at(-1) ?? ''
  const isSign = last.length === 1 && !/[\p{L}\p{N}]/u.test(last)
  return parts
    .filter((part) => !(part === 'Shift' && isSign))
    .map((part) => {
      const name = NAMES[part]
      if (name) return mac ? name.mac : name.other
      return part.length === 1 ? part.toUpperCase() : part.replace(/^(Key|Digit)(.)$/, '$2')
    })
}
