import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'

/**
 * Ends the output with `N passed, N failed, N skipped` alone on a line, after one line for each skipped test
 * with its reason and one for each failure with the first line of its message. The reason is the note of
 * `context.skip(note)` or follows ` — skipped: ` in a title; what a broken suite left out is only counted.
 *
 * Failed are tests that failed or never came to run, and suites, files and unhandled errors that broke.
 */
export class SummaryReporter implements Reporter {
  onInit(vitest: Vitest): void {
    // At exit, since other reporters print after their own hooks, and a crash calls none.
    process.once('exit', (code) => process.stdout.write(`\n${summarise(vitest, code)}\n`))
  }
}

function summarise({ state, config }: Vitest, exitCode: number): string {
  let passed = 0
  const skipped: TestCase[] = []
  const failures = state.getUnhandledErrors().map((error) => failure('outside of the tests', [error as Told]))
  for (const module of state.getTestModules()) {
    for (const suite of [module, ...module.children.allSuites()])
      if (suite.errors().length > 0) failures.push(failure(place(suite), suite.errors()))
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') passed++
      else if (result.state === 'skipped') skipped.push(test)
      else failures.push(failure(place(test), result.errors))
    }
  }
  // A run that broke outside of every test must not read as a success.
  if (exitCode !== 0 && failures.length === 0) failures.push(failure('outside of the tests', []))

  // Those that `-t` left out were not asked for.
  const listed = config.testNamePattern ? [] : skipped.filter((test) => !ofBrokenSuite(test))
  const lines = listed.map((test) => `skipped: ${place(test)}: ${reason(test)}`)
  const sum = `${passed} passed, ${failures.length} failed, ${skipped.length} skipped`
  return [...lines, ...failures, sum].join('\n')
}

type Told = { message?: string }

const failure = (where: string, errors: readonly Told[] = []) =>
  `failed: ${where}: ${stripVTControlCharacters(errors[0]?.message ?? 'did not end').split('\n')[0]}`

const REASON = / — skipped: (.*?)(?= > |$)/

const place = (of: TestCase | TestSuite | TestModule) =>
  of.type === 'module'
    ? of.relativeModuleId
    : `${of.module.relativeModuleId} > ${of.fullName.replace(REASON, '')}`

function reason(test: TestCase): string {
  const result = test.result()
  const given = (result.state === 'skipped' && result.note) || test.fullName.match(REASON)?.[1]
  return given ?? 'no reason given'
}

const ofBrokenSuite = (test: TestCase) => ancestors(test).some((suite) => suite.errors().length > 0)

function ancestors(test: TestCase): (TestSuite | TestModule)[] {
  const { parent } = test
  const found: (TestSuite | TestModule)[] = [parent]
  for (let at = parent; at.type === 'suite'; at = at.parent) found.push(at.parent)
  return found
}
