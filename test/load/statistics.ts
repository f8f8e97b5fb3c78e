/** The middle one, or the mean of the two in the middle. @throws when there are none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('a median of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}

/** How much y grows with each x, by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length
  const square = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  if (square === 0) throw new Error('a slope needs two different x')
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / square
}

/** Digits that a measurement deserves: three that count. */
export function rounded(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3)
}

/** `low–high` of what several rounds gave; empty for one. */
export const spread = (values: readonly number[]): string =>
  values.length < 2 ? '' : `${rounded(Math.min(...values))}–${rounded(Math.max(...values))}`
