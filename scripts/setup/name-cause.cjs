/**
 * Loaded into Electron's installer, which prints no more than "fetch failed": puts the cause (name not found, certificate
 * not trusted, connection refused) into the message, so that a person knows what to ask the network's keeper for.
 */
const plainFetch = globalThis.fetch
globalThis.fetch = async (...args) => {
  try {
    return await plainFetch(...args)
  } catch (error) {
    const cause = error.cause?.message || error.cause?.code
    throw cause ? new Error(cause) : error
  }
}
