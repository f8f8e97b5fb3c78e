import { verdictOf } from './goals.ts'
import { type Figure, type Outcome, reached } from './outcome.ts'
import { rounded } from './statistics.ts'

const HEADER = ['what', 'measured', 'rounds', 'floor', '× floor', 'goal now', 'goal', '']

function rowOf({ what, value, unit, spread, floor, ratio, goal }: Figure): string[] {
  const of = ratio === undefined ? ` ${unit}` : ' ×'
  return [
    what,
    `${rounded(value)} ${unit}`,
    spread ?? '',
    floor === undefined ? '' : `${rounded(floor)} ${unit}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    goal?.now === undefined ? '' : `${goal.now}${of}`,
    goal === undefined ? '' : `${goal.final}${of}`,
    goal === undefined ? '' : verdictOf(reached({ value, ratio } as Figure), goal),
  ]
}

/** For the terminal. */
export function asTable({ scenario, figures, profiles }: Outcome): string {
  const rows = [HEADER, ...figures.map(rowOf)]
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd()
  return [
    `\n${scenario}`,
    line(HEADER),
    ...figures.flatMap((figure) => [line(rowOf(figure)), ...(figure.beside ? [`    ${figure.beside}`] : [])]),
    ...profiles.flatMap(({ of, top }) => [
      `\nself time, ${of}`,
      ...top.map(({ name, where, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}  ${where}`),
    ]),
  ].join('\n')
}

export function asMarkdown({ scenario, how, figures, profiles }: Outcome): string {
  const table = (rows: string[][]) => rows.map((row) => `| ${row.join(' | ')} |`)
  return [
    `## ${scenario}\n`,
    `${filled(how)}\n`,
    ...table([HEADER, HEADER.map(() => '---'), ...figures.map(rowOf)]),
    '',
    ...figures.flatMap(({ what, beside }) => (beside ? [`- ${what}: ${beside}.`] : [])),
    ...profiles.flatMap(({ of, top }) => [
      `\nSelf time of the server, ${of}:\n`,
      ...table([
        ['share', 'function', 'where'],
        ['---', '---', '---'],
        ...top.map(({ name, where, share }) => [`${(share * 100).toFixed(1)} %`, `\`${name}\``, where]),
      ]),
    ]),
    '',
  ].join('\n')
}

/** The words in lines of at most 118 characters. */
function filled(text: string): string {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (longer.length <= 118) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.join('\n')
}
