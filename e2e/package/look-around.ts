import type { DevTools } from './devtools'

/** Pieces of what a reviewer does, over the DevTools protocol; each waits until the page shows what came of it. */

const button = (name: string) =>
  `[...document.querySelectorAll('button')].find((one) => one.textContent.trim().startsWith(${JSON.stringify(name)}))`

const rows = `document.querySelectorAll('[role="list"][aria-label="Calls"] [role="listitem"], ul[aria-label="Calls"] > li').length`

/** Opens the sample workspace from the first screen; resolves to how many calls the list shows. */
export async function openSampleIn(tools: DevTools): Promise<number> {
  await tools.until(`${button('Open the sample workspace')} !== undefined`)
  await tools.evaluate(`${button('Open the sample workspace')}.click()`)
  await tools.until(`document.body.textContent.includes('Import done')`, 60_000)
  return Number(await tools.until(rows))
}

/** Types into the search box and reads the list; resolves to the words above it ("3 calls") and the number of rows. */
export async function searchIn(tools: DevTools, query: string): Promise<{ said: string; rows: number }> {
  const answer = await tools.evaluate(
    `window.earmark.invoke('search', 'count', { query: ${JSON.stringify(query)} }).then((one) => one.value.total)`,
  )
  const said = answer === 1 ? '1 call' : `${String(answer)} calls`
  await tools.evaluate(`document.querySelector('[role="combobox"][aria-label="Search calls"]').focus()`)
  await tools.evaluate(`document.querySelector('[role="combobox"][aria-label="Search calls"]').select()`)
  await tools.type(query)
  await tools.until(
    `[...document.querySelectorAll('nav[aria-label="Find"] *')].some((one) => one.children.length === 0 && one.textContent.trim() === ${JSON.stringify(said)})`,
  )
  return { said, rows: Number(await tools.evaluate(rows)) }
}

/** Asks the backend, as the page does. Raises with the failure's sentence. */
export async function askIn(
  tools: DevTools,
  feature: string,
  call: string,
  input: unknown,
): Promise<unknown> {
  return tools.evaluate(
    `window.earmark.invoke(${JSON.stringify(feature)}, ${JSON.stringify(call)}, ${JSON.stringify(input)}).then((one) => {
      if (!one.ok) throw new Error(one.code + ': ' + one.message)
      return one.value
    })`,
  )
}
