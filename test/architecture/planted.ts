/** A file, and the rule that must be found broken in it; none in a clean one. */
export interface Planted {
  file: string
  text: string
  breaks?: string
}

export const lint: Planted[] = [
  {
    file: 'later.ts',
    text: 'export async function later(): Promise<number> {\n  return await Promise.resolve(1)\n}\n',
  },
  {
    file: 'floating.ts',
    text: "import { later } from './later.ts'\n\nexport function start(): void {\n  later()\n}\n",
    breaks: 'lint/nursery/noFloatingPromises',
  },
  { file: 'any.ts', text: 'export const value: any = 1\n', breaks: 'lint/suspicious/noExplicitAny' },
  {
    file: 'import-type.ts',
    text: "import { Server } from 'node:http'\n\nexport type Listener = Server\n",
    breaks: 'lint/style/useImportType',
  },
  {
    file: 'unused-import.ts',
    text: "import { Server } from 'node:http'\n\nexport const value = 1\n",
    breaks: 'lint/correctness/noUnusedImports',
  },
  {
    file: 'unused-variable.ts',
    text: 'export function value(): number {\n  const other = 2\n  return 1\n}\n',
    breaks: 'lint/correctness/noUnusedVariables',
  },
  { file: 'default-export.ts', text: 'export default 1\n', breaks: 'lint/style/noDefaultExport' },
  { file: 'camelCase.ts', text: 'export const value = 1\n', breaks: 'lint/style/useFilenamingConvention' },
  { file: 'double-quotes.ts', text: 'export const value = "1"\n', breaks: 'format' },
  { file: 'semicolon.ts', text: 'export const value = 1;\n', breaks: 'format' },
]

export const types: Planted[] = [
  { file: 'clean.ts', text: "export const value: string = 'one'\n" },
  { file: 'wrong-type.ts', text: "export const value: number = 'one'\n", breaks: 'TS2322' },
  {
    file: 'unchecked-index.ts',
    text: 'export const first = (list: number[]): number => list[0]\n',
    breaks: 'TS2322',
  },
  { file: 'not-erasable.ts', text: 'export enum Size {\n  Small,\n}\n', breaks: 'TS1294' },
  {
    file: 'fall-through.ts',
    text: "export function go(n: number): string {\n  switch (n) {\n    case 1:\n      n++\n    case 2:\n      return 'two'\n  }\n  return ''\n}\n",
    breaks: 'TS7029',
  },
]

const importing = (...modules: string[]) => modules.map((module) => `import '${module}'\n`).join('')

/** Everything that may be. */
const allowed: Planted[] = [
  { file: 'shared/kernel/a.ts', text: 'export const a = 1\n' },
  { file: 'shared/kernel/clock.ts', text: 'export const now = () => Date.now()\nsetTimeout(now, 1)\n' },
  { file: 'shared/domain/a.ts', text: importing('#shared/kernel/a.ts') },
  { file: 'shared/domain/a.test.ts', text: importing('node:fs', 'vitest', '#test/support/a.ts') },
  { file: 'shared/protocol/a.ts', text: importing('typebox', '#shared/domain/a.ts', '#shared/kernel/a.ts') },
  { file: 'shared/ports/a.ts', text: importing('#shared/protocol/a.ts', '#shared/domain/a.ts') },
  { file: 'shared/adapters/bus/a.ts', text: importing('node:fs', 'pg', '#shared/ports/a.ts') },
  { file: 'shared/adapters/bus/open.ts', text: importing('./a.ts', '#config/a.ts') },
  { file: 'shared/platform/a.ts', text: importing('#shared/ports/a.ts') },
  { file: 'shared/store/a.ts', text: importing('pg', '#shared/ports/a.ts', '#shared/platform/a.ts') },
  { file: 'shared/actors/a.ts', text: importing('#shared/ports/a.ts', '#shared/kernel/a.ts') },
  { file: 'config/a.ts', text: 'export const host = process.env.HOST\nconsole.log(host)\n' },
  { file: 'services/gateway/a.ts', text: importing('#shared/ports/a.ts', '#shared/store/a.ts') },
  { file: 'services/gateway/main.ts', text: importing('./a.ts', '#shared/adapters/bus/open.ts') },
  { file: 'services/standalone/main.ts', text: importing('#services/gateway/a.ts') },
  {
    file: 'test/support/a.ts',
    text: 'setTimeout(() => console.log(Math.random(), process.env.HOME, new Date()), 1)\n',
  },
]

const forbidden: Planted[] = [
  { file: 'shared/kernel/up.ts', text: importing('#shared/domain/a.ts'), breaks: 'kernel-layer' },
  { file: 'shared/kernel/reads.ts', text: importing('node:fs'), breaks: 'kernel-pure' },
  { file: 'shared/domain/up.ts', text: importing('#shared/ports/a.ts'), breaks: 'domain-layer' },
  { file: 'shared/domain/package.ts', text: importing('pg'), breaks: 'domain-pure' },
  { file: 'shared/protocol/up.ts', text: importing('#shared/ports/a.ts'), breaks: 'protocol-layer' },
  { file: 'shared/ports/up.ts', text: importing('#shared/adapters/bus/a.ts'), breaks: 'ports-layer' },
  { file: 'shared/adapters/up.ts', text: importing('#services/gateway/a.ts'), breaks: 'adapters-layer' },
  { file: 'shared/platform/up.ts', text: importing('#shared/adapters/bus/a.ts'), breaks: 'platform-layer' },
  { file: 'shared/store/up.ts', text: importing('#shared/adapters/bus/a.ts'), breaks: 'store-layer' },
  { file: 'shared/actors/up.ts', text: importing('#shared/adapters/bus/a.ts'), breaks: 'actors-layer' },
  {
    file: 'services/api/adapter.ts',
    text: importing('#shared/adapters/bus/a.ts'),
    breaks: 'services-use-ports',
  },
  { file: 'services/api/other.ts', text: importing('#services/gateway/a.ts'), breaks: 'services-apart' },
  { file: 'services/api/test.ts', text: importing('#test/support/a.ts'), breaks: 'not-to-test' },
  {
    file: 'services/api/dev.ts',
    text: "export type { Mock } from 'vitest'\n",
    breaks: 'not-to-dev-dependency',
  },
  // A cycle is reported once.
  { file: 'services/api/cycle.ts', text: importing('./cycle-back.ts') },
  { file: 'services/api/cycle-back.ts', text: importing('./cycle.ts'), breaks: 'no-cycle' },
  { file: 'services/api/nowhere.ts', text: importing('./not-there.ts'), breaks: 'resolvable' },
  { file: 'services/api/clock.ts', text: 'export const now = Date.now()\n', breaks: 'the clock' },
  { file: 'services/api/date.ts', text: 'export const now = new Date()\n', breaks: 'the clock' },
  { file: 'services/api/timer.ts', text: 'setInterval(() => {}, 1)\n', breaks: 'a timer' },
  { file: 'services/api/sleep.ts', text: importing('node:timers/promises'), breaks: 'a timer' },
  { file: 'services/api/chance.ts', text: 'export const n = Math.random()\n', breaks: 'chance' },
  {
    file: 'services/api/environment.ts',
    text: 'export const home = process.env.HOME\n',
    breaks: 'the environment',
  },
  { file: 'services/api/print.ts', text: "console.log('here')\n", breaks: 'the console' },
]

export const architecture = { allowed, forbidden }
