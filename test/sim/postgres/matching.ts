import type { BinaryOperationNode, OperationNode, OperatorNode, TableNode, ValueNode } from 'kysely'
import {
  as,
  columnOf,
  compile,
  conjuncts,
  type Env,
  type Expression,
  filter,
  type Scope,
  type Source,
  unknown,
  valuesOf,
} from './expressions.ts'
import type { Transaction } from './transaction.ts'
import type { Row } from './values.ts'

export function sourceOf(tx: Transaction, node: OperationNode | undefined): Source {
  if (node?.kind !== 'TableNode') throw unknown('source of rows', node)
  const { name } = (node as TableNode).table.identifier
  return { name, table: tx.table(name) }
}

/** The rows of a scope's one table that match a condition now. */
export function matching(scope: Scope, where: OperationNode | undefined) {
  const terms = conjuncts(where)
  const matches = filter(scope, terms)
  const found = candidates(scope, terms, 0)([]).filter((row) => matches([row]))
  return { found, matches }
}

/** Finds the rows of a source that may satisfy the terms, given a row of each source before it. */
export function candidates(
  scope: Scope,
  terms: readonly OperationNode[],
  index: number,
): (env: Env) => readonly Row[] {
  const { table } = scope.sources[index] as Source
  const known = terms.flatMap((term) => equality(scope, term, index) ?? [])
  return (env) => scope.tx.find(table, new Map(known.map(({ column, value }) => [column, value.get(env)])))
}

/** Does a term say that a column of the source has one value, which is known by then? */
function equality(
  scope: Scope,
  term: OperationNode,
  index: number,
): { column: string; value: Expression } | undefined {
  if (term.kind !== 'BinaryOperationNode') return undefined
  const { leftOperand, operator, rightOperand } = term as BinaryOperationNode
  const { operator: sign } = operator as OperatorNode
  if (sign === 'in') return single(scope, leftOperand, valuesOf(rightOperand), index)
  if (sign !== '=') return undefined
  return oneWay(scope, leftOperand, rightOperand, index) ?? oneWay(scope, rightOperand, leftOperand, index)
}

function oneWay(scope: Scope, node: OperationNode, other: OperationNode, index: number) {
  const column = columnOf(scope, node)
  if (column?.index !== index) return undefined
  const earlier = other.kind === 'ValueNode' || (columnOf(scope, other)?.index ?? index) < index
  return earlier ? { column: column.name, value: as(column.type, compile(scope, other)) } : undefined
}

function single(scope: Scope, node: OperationNode, values: readonly unknown[], index: number) {
  const value = { kind: 'ValueNode', value: values[0] } as ValueNode
  return values.length === 1 ? oneWay(scope, node, value, index) : undefined
}
