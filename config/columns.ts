/** The rows with their cells padded, so that each column is as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[][] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widthOf(column))))
}
