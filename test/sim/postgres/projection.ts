import type { AggregateFunctionNode, AliasNode, IdentifierNode, OperationNode, SelectionNode } from 'kysely'
import { compile, type Env, only, type Scope, unknown } from './expressions.ts'
import { compare, type Row } from './values.ts'

export interface Answer {
  readonly rows: Row[]
  /** How many rows were read or changed. */
  readonly count: number
}

interface Output {
  readonly name: string
  readonly get: (env: Env) => unknown
}

type Projection = (envs: readonly Env[]) => Row[]

/** What a select list or a returning clause makes of rows. */
export function projection(scope: Scope, selections: readonly SelectionNode[]): Projection {
  const nodes = selections.map((selection) => selection.selection)
  if (nodes.some(isAggregate)) {
    const aggregates = nodes.map((node) => aggregate(scope, node))
    return (envs) => [Object.fromEntries(aggregates.map(({ name, of }) => [name, of(envs)]))]
  }
  if (nodes.length === 1 && nodes[0]?.kind === 'SelectAllNode' && scope.sources.length === 1)
    return (envs) => envs.map((env) => ({ ...env[0] }))
  const outputs = nodes.map((node) => output(scope, node))
  return (envs) =>
    envs.map((env) => {
      const row: Record<string, unknown> = {}
      for (const { name, get } of outputs) row[name] = get(env)
      return row
    })
}

const named = (node: OperationNode): { name: string; node: OperationNode } => {
  const { alias, node: inner } = node as AliasNode
  return { name: (alias as IdentifierNode).name, node: inner }
}

const isAggregate = (node: OperationNode): boolean =>
  node.kind === 'AliasNode' && (node as AliasNode).node.kind === 'AggregateFunctionNode'

function output(scope: Scope, node: OperationNode): Output {
  if (node.kind === 'AliasNode') {
    const { name, node: inner } = named(node)
    return { name, get: compile(scope, inner).get }
  }
  if (node.kind !== 'ReferenceNode') throw unknown('selection', node)
  const { column } = node as OperationNode & { column: OperationNode }
  if (column.kind !== 'ColumnNode') throw unknown('selection', node)
  const { name } = (column as OperationNode & { column: IdentifierNode }).column
  return { name, get: compile(scope, node).get }
}

function aggregate(
  scope: Scope,
  node: OperationNode,
): { name: string; of: (envs: readonly Env[]) => unknown } {
  if (!isAggregate(node)) throw unknown('selection among aggregates', node)
  const { name, node: inner } = named(node)
  only(inner, ['func', 'aggregated'])
  const { func, aggregated } = inner as AggregateFunctionNode
  const [argument] = aggregated as [OperationNode]
  if (func === 'count' && (argument as SelectionNode).selection?.kind === 'SelectAllNode')
    return { name, of: (envs) => String(envs.length) }
  if (func !== 'min') throw unknown('aggregate', node)
  const { type, get } = compile(scope, argument)
  if (!type) throw unknown('aggregate', node)
  const values = (envs: readonly Env[]) => envs.map(get).filter((value) => value !== null)
  return { name, of: (envs) => values(envs).sort((a, b) => compare(type, a, b))[0] ?? null }
}
