const BAR_PX = 2
const GAP_PX = 1

/**
 * Draws one lane as rounded bars around its middle, in the context's fill style. `silence`: also where nothing
 * sounds there is a dot, so that the lane is seen. `amplitude`: 0 to 1 for each bucket over the canvas's width.
 */
export function drawBars(
  amplitude: ArrayLike<number>,
  ctx: CanvasRenderingContext2D,
  pixelRatio: number,
  silence: boolean,
): void {
  const { width, height } = ctx.canvas
  const bar = BAR_PX * pixelRatio
  const step = (BAR_PX + GAP_PX) * pixelRatio
  const smallest = Math.max(1, pixelRatio)
  ctx.beginPath()
  for (let x = 0, count = Math.ceil(width / step), i = 0; i < count; i++, x += step) {
    const from = Math.floor((i * amplitude.length) / count)
    const to = Math.max(from + 1, Math.floor(((i + 1) * amplitude.length) / count))
    let swing = 0
    for (let bucket = from; bucket < to; bucket++) swing = Math.max(swing, amplitude[bucket] ?? 0)
    if (swing === 0 && !silence) continue
    const barHeight = Math.max(smallest, swing * (height - 2 * pixelRatio))
    ctx.roundRect(x, (height - barHeight) / 2, bar, barHeight, Math.min(bar, barHeight) / 2)
  }
  ctx.fill()
}
