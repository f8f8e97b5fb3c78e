import type {
  BinaryOperationNode,
  OperationNode,
  OperatorNode,
  PrimitiveValueListNode,
  RawNode,
  ReferenceNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import type { Table } from './table.ts'
import type { Transaction } from './transaction.ts'
import { type ColumnType, coerce, compare, keyPart, type Row } from './values.ts'

/** A table as a statement names it. */
export interface Source {
  readonly name: string
  readonly table: Table
}

/** One row of each source. */
export type Env = readonly Row[]

export interface Expression {
  /** undefined: a parameter, which takes the type of what it is compared with. */
  readonly type: ColumnType | undefined
  readonly get: (env: Env) => unknown
}

export interface Scope {
  readonly tx: Transaction
  readonly sources: readonly Source[]
}

export const unknown = (what: string, node: unknown): Error =>
  new Error(`the simulated Postgres does not know this ${what}: ${JSON.stringify(node)}`)

/** Refuses a node that has parts which are not simulated. */
export function only(node: OperationNode, keys: readonly string[]): void {
  for (const key in node) {
    const there = key !== 'kind' && node[key as keyof OperationNode] !== undefined
    if (there && !keys.includes(key)) throw unknown(`${node.kind}.${key}`, node)
  }
}

/** Terms that must all hold. */
export function conjuncts(node: OperationNode | undefined): OperationNode[] {
  if (!node) return []
  if (node.kind === 'AndNode') {
    const { left, right } = node as OperationNode & { left: OperationNode; right: OperationNode }
    return [...conjuncts(left), ...conjuncts(right)]
  }
  return [node]
}

export function filter(scope: Scope, nodes: readonly OperationNode[]): (env: Env) => boolean {
  const terms = nodes.map((node) => compile(scope, node))
  return (env) => terms.every((term) => term.get(env) === true)
}

export function compile(scope: Scope, node: OperationNode): Expression {
  switch (node.kind) {
    case 'ReferenceNode':
    case 'ColumnNode':
      return reference(scope, node)
    case 'ValueNode': {
      const { value } = node as ValueNode
      return { type: undefined, get: () => value }
    }
    case 'BinaryOperationNode':
      return binary(scope, node as BinaryOperationNode)
    case 'ParensNode':
      return compile(scope, (node as OperationNode & { node: OperationNode }).node)
    case 'AndNode':
      return { type: 'boolean', get: filter(scope, conjuncts(node)) }
    case 'OrNode': {
      const { left, right } = node as OperationNode & { left: OperationNode; right: OperationNode }
      const [one, other] = [compile(scope, left), compile(scope, right)]
      return { type: 'boolean', get: (env) => one.get(env) === true || other.get(env) === true }
    }
    case 'FunctionNode': {
      const { func } = node as OperationNode & { func: string }
      if (func !== 'now') throw unknown('function', node)
      return { type: 'timestamptz', get: () => new Date(scope.tx.startedAt) }
    }
    case 'RawNode':
      return raw(scope, node as RawNode)
    default:
      throw unknown('expression', node)
  }
}

/** Which source and column a reference means; undefined: it is no reference. */
export function columnOf(
  { sources }: Scope,
  node: OperationNode,
): { index: number; name: string; type: ColumnType } | undefined {
  const column = node.kind === 'ReferenceNode' ? (node as ReferenceNode).column : node
  if (column.kind !== 'ColumnNode') return undefined
  const { name } = (column as OperationNode & { column: { name: string } }).column
  const table = (node as Partial<ReferenceNode>).table?.table.identifier.name
  const index = sources.findIndex(
    (source) => (table === undefined || table === source.name) && source.table.schema.columns.has(name),
  )
  const type = sources[index]?.table.schema.columns.get(name)?.type
  if (!type) throw unknown('column', node)
  return { index, name, type }
}

function reference(scope: Scope, node: OperationNode): Expression {
  const column = columnOf(scope, node)
  if (!column) throw unknown('reference', node)
  const { index, name, type } = column
  return { type, get: (env) => (env[index] as Row)[name] }
}

/** Both sides with the type that they have together. */
export function typed(one: Expression, other: Expression): [ColumnType, Expression, Expression] {
  const type = one.type ?? other.type
  if (!type || (one.type && other.type && one.type !== other.type))
    throw unknown('comparison of types', [one.type, other.type])
  return [type, as(type, one), as(type, other)]
}

/** A parameter as a value of a type. */
export function as(type: ColumnType, expression: Expression): Expression {
  if (expression.type) return expression
  const value = coerce(type, expression.get([]))
  return { type, get: () => value }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function binary(scope: Scope, node: BinaryOperationNode): Expression {
  const { operator } = node.operator as OperatorNode
  const left = compile(scope, node.leftOperand)
  if (operator === 'in') return membership(left, valuesOf(node.rightOperand))
  const right = compile(scope, node.rightOperand)
  if (operator === 'is' || operator === 'is not') {
    if (right.get([]) !== null) throw unknown('operand of "is"', node)
    return { type: 'boolean', get: (env) => (left.get(env) === null) === (operator === 'is') }
  }
  const [type, one, other] = typed(left, right)
  if (operator === '+' && type === 'integer')
    return { type, get: (env) => (one.get(env) as number) + (other.get(env) as number) }
  const holds = COMPARISONS[operator]
  if (!holds) throw unknown('operator', node)
  return {
    type: 'boolean',
    get: (env) => {
      const [a, b] = [one.get(env), other.get(env)]
      return a === null || b === null ? null : holds(compare(type, a, b))
    },
  }
}

export function valuesOf(node: OperationNode): readonly unknown[] {
  if (node.kind === 'PrimitiveValueListNode') return (node as PrimitiveValueListNode).values
  if (node.kind !== 'ValueListNode') throw unknown('list of values', node)
  return (node as ValueListNode).values.map((value) => {
    if (value.kind !== 'ValueNode') throw unknown('value', value)
    return (value as ValueNode).value
  })
}

function membership(left: Expression, values: readonly unknown[]): Expression {
  const { type } = left
  if (!type) throw unknown('left side of "in"', values)
  const set = new Set(values.map((value) => keyPart(coerce(type, value))))
  return { type: 'boolean', get: (env) => set.has(keyPart(left.get(env))) }
}

/** Pieces of SQL in the product's templates, by their text with ? for parameters. */
function raw(scope: Scope, node: RawNode): Expression {
  const [value] = node.parameters.map((parameter) => (parameter as ValueNode).value)
  const later = (seconds: number): Expression => {
    const date = new Date(scope.tx.startedAt + seconds * 1_000)
    return { type: 'timestamptz', get: () => date }
  }
  switch (node.sqlFragments.join('?')) {
    case 'now() - make_interval(secs => ?)':
      return later(-(value as number))
    case 'now() + make_interval(secs => ?)':
      return later(value as number)
    case '?::bigint = any(members.roles)': {
      const index = scope.sources.findIndex((source) => source.name === 'members')
      const id = coerce('bigint', value) as string
      return { type: 'boolean', get: (env) => ((env[index] as Row).roles as string[]).includes(id) }
    }
    default:
      throw unknown('piece of SQL', node)
  }
}
