import ts from 'typescript'

/** The ids of the rules on the page, which stand in lines like `- **LOG-3** text`. */
export function rulesIn(page: string): string[] {
  return [...page.matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm)].map(([, id]) => id as string)
}

/** The ids that titles of tests and suites cite, like `[LOG-3]`. One that is skipped shows nothing. */
export function citationsIn(text: string): string[] {
  const ids: string[] = []
  function visit(node: ts.Node): void {
    if (
      ts.isCallExpression(node) &&
      /^(test|it|describe)\b(?!.*\.(skip|todo)\b)/s.test(node.expression.getText())
    ) {
      const title = node.arguments[0]?.getText() ?? ''
      ids.push(...[...title.matchAll(/\[([A-Z]+-\d+)\]/g)].map(([, id]) => id as string))
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('a.test.ts', text, ts.ScriptTarget.Latest, true))
  return ids
}

/** Where the page and the tests disagree, in words. */
export function disagreements(page: string, sources: string[]): string[] {
  const rules = rulesIn(page)
  const cited = new Set(sources.flatMap(citationsIn))
  return [
    ...rules.filter((id, n) => rules.indexOf(id) !== n).map((id) => `${id} is there twice`),
    ...rules.filter((id) => !cited.has(id)).map((id) => `${id} has no test`),
    ...[...cited].filter((id) => !rules.includes(id)).map((id) => `${id} is cited and no rule`),
  ]
}
