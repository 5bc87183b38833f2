/**
 * Puts a text into the clipboard; says whether that worked. By the page's own "copy", which a press of a button may
 * ask for: the session grants no permission, `navigator.clipboard` included.
 */
export function copyText(text: string): boolean {
  let isTaken = false
  const onCopy = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    // Whatever else listens must not put the selection in its place.
    event.stopImmediatePropagation()
    isTaken = true
  }
  document.addEventListener('copy', onCopy, { capture: true })
  try {
    return document.execCommand('copy') && isTaken
  } finally {
    document.removeEventListener('copy', onCopy, { capture: true })
  }
}
