import ts from 'typescript'

/** What reaches the world outside, and the files that may touch it. Everyone else takes it as an argument. */
const places: { what: string; allowed: RegExp; found(node: ts.Node): boolean }[] = [
  {
    what: 'the clock',
    allowed: /^shared\/kernel\/clock\.ts$/,
    found: (node) =>
      isMember(node, 'Date', 'now') ||
      isMember(node, 'performance', 'now') ||
      (ts.isNewExpression(node) && isName(node.expression, 'Date') && !node.arguments?.length),
  },
  {
    what: 'a timer',
    allowed: /^shared\/kernel\/clock\.ts$/,
    found: (node) =>
      (ts.isCallExpression(node) && ['setTimeout', 'setInterval'].includes(node.expression.getText())) ||
      (ts.isImportDeclaration(node) && /^.(node:)?timers/.test(node.moduleSpecifier.getText())),
  },
  {
    what: 'chance',
    allowed: /^shared\/kernel\/random\.ts$/,
    found: (node) => isMember(node, 'Math', 'random'),
  },
  {
    what: 'the environment',
    allowed: /^config\//,
    found: (node) => isMember(node, 'process', 'env'),
  },
  {
    what: 'the console',
    allowed: /^(config|db)\/[^/]+\.ts$|^services\/[^/]+\/main\.ts$/,
    found: (node) => ts.isPropertyAccessExpression(node) && isName(node.expression, 'console'),
  },
]

/** The lines of `text` that touch what its file may not, as `file:line uses …`. */
export function misplaced(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const banned = places.filter(({ allowed }) => !allowed.test(file))
  const problems: string[] = []
  function visit(node: ts.Node): void {
    for (const { what, found } of banned) {
      if (!found(node)) continue
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      problems.push(`${file}:${line + 1} uses ${what}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return problems
}

function isName(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name
}

function isMember(node: ts.Node, object: string, property: string): boolean {
  return ts.isPropertyAccessExpression(node) && isName(node.expression, object) && node.name.text === property
}
