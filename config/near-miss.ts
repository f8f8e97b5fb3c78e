/** The candidates that somebody who wrote `name` may have meant: those with its words, or a typing error away. */
export function nearMisses(name: string, candidates: readonly string[]): string[] {
  const meant = name.toUpperCase()
  const words = meant.split('_')
  const fuller = candidates.filter((candidate) => words.every((word) => candidate.split('_').includes(word)))
  return fuller.length > 0 ? fuller : candidates.filter((candidate) => distance(meant, candidate) <= 2)
}

/** Levenshtein's: how many characters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, character] of [...a].entries()) {
    const line = [row + 1]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] as number) + (character === b[column - 1] ? 0 : 1)
      line.push(Math.min(replaced, (above[column] as number) + 1, (line[column - 1] as number) + 1))
    }
    above = line
  }
  return above[b.length] as number
}
