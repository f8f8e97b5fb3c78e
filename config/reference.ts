import { readFile, writeFile } from 'node:fs/promises'
import { columns } from './columns.ts'
import { command } from './command.ts'
import { isOneProcess, type Profile, profiles, settingsOf } from './schema.ts'
import { expectation } from './setting.ts'

const HELP = `npm run config:reference [-- --check]
Writes docs/configuration.md from the settings in config/schema.ts.
  --check  write nothing; exit with 1 when the page is not up to date`

export const PAGE = new URL('../docs/configuration.md', import.meta.url)

/** All settings of all profiles, as a page in Markdown that the formatter leaves as it is. */
export function referencePage(): string {
  const names = Object.keys(profiles) as Profile[]
  const services = names.filter((name) => !isOneProcess(name))
  return `# Settings

<!-- Generated from config/schema.ts by \`npm run config:reference\`. Do not edit. -->

Settings are environment variables, read once at the start. One that is set to nothing counts as unset. A
variable that begins with \`GUILDHALL_\` and is not in this table stops the start, and so does a value that does
not fit: all problems are printed at once, by name, never by value. \`npm run config:check\` prints what is in
effect.

## One process

${table(names.filter(isOneProcess))}

## A cluster

Each service takes its own; those of the others may stand in the same environment. \`migrate\` stands for
\`npm run db:migrate\`.

${table(services)}
`
}

function table(names: readonly Profile[]): string {
  const settings = new Map(names.flatMap(settingsOf).map((setting) => [setting.env, setting]))
  const cells = [...settings.values()].map((setting) => [
    `\`${setting.env}\``,
    capital(expectation(setting)),
    setting.required ? '**required**' : setting.default === null ? 'unset' : `\`${setting.default}\``,
    names.filter((name) => settingsOf(name).some(({ env }) => env === setting.env)).join(', '),
    setting.description,
  ])
  const [head = [], ...rows] = columns([
    ['Setting', 'Takes', 'Default', 'Profiles', 'What it does'],
    ...cells,
  ])
  const lines = [head, head.map((cell) => '-'.repeat(cell.length)), ...rows]
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

await command(import.meta.url, {
  help: HELP,
  flags: ['--check'],
  run: async (given) => {
    if (given.has('--check')) {
      const current = (await readFile(PAGE, 'utf8').catch(() => '')) === referencePage()
      return current ? [] : ['docs/configuration.md is not up to date: npm run config:reference']
    }
    await writeFile(PAGE, referencePage())
    return []
  },
})
