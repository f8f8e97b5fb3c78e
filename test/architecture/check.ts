import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { dependencyRules } from './dependency-rules.ts'
import { misplaced } from './one-place.ts'

/** Usage: check.ts [folder]. Exits with 1 when the code in the folder breaks a rule of the layout. */
const root = resolve(process.argv[2] ?? '.')
const FOLDERS = ['config', 'db', 'services', 'shared', 'test', 'examples']
const LONG = 300

const { modules, summary } = await cruiseFolder()
const own = modules.filter(
  ({ source, couldNotResolve }) =>
    source.endsWith('.ts') && !source.includes('node_modules') && !couldNotResolve,
)
const aliased = own.flatMap(({ dependencies }) => dependencies).filter(({ module }) => module.startsWith('#'))

const problems = summary.violations.map(({ rule, from, to }) => `${from} → ${to}: ${rule.name}`)
// A cruiser that resolves nothing finds nothing wrong.
if (own.length === 0) problems.push('No module was found')
if (aliased.length === 0) problems.push('No import through package.json "imports" was found')

for (const { source } of own) {
  if (/^(test|examples)\/|\.test\.ts$/.test(source)) continue
  const text = readFileSync(join(root, source), 'utf8')
  problems.push(...misplaced(source, text))
  const lines = text.split('\n').length - 1
  if (lines > LONG && !source.endsWith('/generated-types.ts'))
    console.log(`warning: ${source} has ${lines} lines: perhaps two jobs`)
}

for (const problem of problems) console.log(problem)
console.log(`${own.length} modules, ${aliased.length} imports across folders, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

async function cruiseFolder(): Promise<ICruiseResult> {
  const { output } = await cruise(
    FOLDERS.filter((folder) => existsSync(join(root, folder))),
    {
      baseDir: root,
      ruleSet: { forbidden: dependencyRules },
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)fixtures/' },
    },
    {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.node'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  )
  return output as ICruiseResult
}
