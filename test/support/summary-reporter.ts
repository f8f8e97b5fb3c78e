import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'

/**
 * Ends the output with `N passed, N failed, N skipped` alone on a line, after one line for each skipped test
 * with its reason. The reason is the note of `context.skip(note)` or follows ` — skipped: ` in a title.
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
  let failed = state.getUnhandledErrors().length
  const skipped: TestCase[] = []
  for (const module of state.getTestModules()) {
    for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length > 0) failed++
    for (const test of module.children.allTests()) {
      const outcome = test.result().state
      if (outcome === 'passed') passed++
      else if (outcome === 'skipped') skipped.push(test)
      else failed++
    }
  }
  // A run that broke outside of every test must not read as a success.
  if (exitCode !== 0 && failed === 0) failed = 1

  // Those that `-t` left out were not asked for.
  const listed = config.testNamePattern ? [] : skipped
  const lines = listed.map((test) => `skipped: ${title(test)}: ${reason(test)}`)
  return [...lines, `${passed} passed, ${failed} failed, ${skipped.length} skipped`].join('\n')
}

const REASON = / — skipped: (.*?)(?= > |$)/

const title = (test: TestCase) => `${test.module.relativeModuleId} > ${test.fullName.replace(REASON, '')}`

function reason(test: TestCase): string {
  const result = test.result()
  const given = (result.state === 'skipped' && result.note) || test.fullName.match(REASON)?.[1]
  return (
    given ??
    (ancestors(test).some((suite) => suite.errors().length > 0) ? 'its suite failed' : 'no reason given')
  )
}

function ancestors(test: TestCase): (TestSuite | TestModule)[] {
  const { parent } = test
  const found: (TestSuite | TestModule)[] = [parent]
  for (let at = parent; at.type === 'suite'; at = at.parent) found.push(at.parent)
  return found
}
