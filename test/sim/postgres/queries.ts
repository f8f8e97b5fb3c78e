import type {
  ColumnUpdateNode,
  DeleteQueryNode,
  FromNode,
  InsertQueryNode,
  OperationNode,
  ReturningNode,
  SelectQueryNode,
  TableNode,
  UpdateQueryNode,
  ValueListNode,
  ValuesNode,
} from 'kysely'
import {
  as,
  columnOf,
  compile,
  type Env,
  only,
  type Scope,
  type Source,
  unknown,
  valuesOf,
} from './expressions.ts'
import { matching, sourceOf } from './matching.ts'
import { type Answer, projection } from './projection.ts'
import { select } from './select.ts'
import { type Conflict, DO_NOTHING, type Transaction } from './transaction.ts'
import type { Row } from './values.ts'

/** Executes a query of Kysely. What is not known throws. */
export function execute(tx: Transaction, node: OperationNode): Promise<Answer> | Answer {
  switch (node.kind) {
    case 'SelectQueryNode':
      return select(tx, node as SelectQueryNode)
    case 'InsertQueryNode':
      return insert(tx, node as InsertQueryNode)
    case 'UpdateQueryNode':
      return update(tx, node as UpdateQueryNode)
    case 'DeleteQueryNode':
      return remove(tx, node as DeleteQueryNode)
    default:
      throw unknown('query', node)
  }
}

/** A query in two words, for traces. */
export function describe(node: OperationNode): string {
  const { from, into, table } = node as { from?: FromNode; into?: TableNode; table?: TableNode }
  const on = (from?.froms[0] ?? into ?? table) as TableNode | undefined
  return `${node.kind.replace('QueryNode', '').toLowerCase()} ${on?.table.identifier.name ?? ''}`
}

async function insert(tx: Transaction, node: InsertQueryNode): Promise<Answer> {
  only(node, ['into', 'columns', 'values', 'onConflict', 'returning'])
  const source = sourceOf(tx, node.into)
  const columns = (node.columns ?? []).map((column) => column.column.name)
  const conflict = conflictOf({ tx, sources: [source, { ...source, name: 'excluded' }] }, node)
  if (node.values?.kind !== 'ValuesNode') throw unknown('values', node)
  const done: Row[] = []
  for (const list of (node.values as ValuesNode).values) {
    const values = inserted(tx, list)
    const row = Object.fromEntries(columns.map((column, index) => [column, values[index]]))
    const kept = await tx.insert(source.table, row, conflict)
    if (kept) done.push(kept)
  }
  return answer({ tx, sources: [source] }, node.returning, done)
}

/** undefined: the column's default. */
function inserted(tx: Transaction, list: OperationNode): readonly unknown[] {
  if (list.kind === 'PrimitiveValueListNode') return valuesOf(list)
  return (list as ValueListNode).values.map((value) =>
    value.kind === 'DefaultInsertValueNode' ? undefined : compile({ tx, sources: [] }, value).get([]),
  )
}

function conflictOf(scope: Scope, { onConflict }: InsertQueryNode): Conflict | undefined {
  if (!onConflict) return undefined
  only(onConflict, ['columns', 'updates', 'doNothing'])
  if (onConflict.doNothing) return DO_NOTHING
  const { primaryKey } = (scope.sources[0] as Source).table.schema
  if (onConflict.columns?.map(({ column }) => column.name).join() !== primaryKey.join())
    throw unknown('conflict target', onConflict)
  const { columns, values } = assignments(scope, onConflict.updates)
  return { sets: columns, change: (existing, excluded) => values([existing, excluded]) }
}

async function update(tx: Transaction, node: UpdateQueryNode): Promise<Answer> {
  only(node, ['table', 'where', 'updates', 'returning'])
  const source = sourceOf(tx, node.table)
  const scope = { tx, sources: [source] }
  const { columns, values } = assignments(scope, node.updates)
  const { found, matches } = matching(scope, node.where?.where)
  const done: Row[] = []
  for (const row of found) {
    const changed = await tx.update(source.table, row, columns, (latest) =>
      matches([latest]) ? values([latest]) : undefined,
    )
    if (changed) done.push(changed)
  }
  return answer(scope, node.returning, done)
}

/** What a set clause sets, and to what. */
function assignments(scope: Scope, updates: readonly ColumnUpdateNode[] = []) {
  const sets = updates.map((node) => {
    const column = columnOf(scope, node.column)
    if (!column) throw unknown('assignment', node)
    return { name: column.name, value: as(column.type, compile(scope, node.value)) }
  })
  return {
    columns: sets.map(({ name }) => name),
    values: (env: Env): Row => Object.fromEntries(sets.map(({ name, value }) => [name, value.get(env)])),
  }
}

async function remove(tx: Transaction, node: DeleteQueryNode): Promise<Answer> {
  only(node, ['from', 'where', 'returning'])
  if (node.from.froms.length !== 1) throw unknown('from', node)
  const source = sourceOf(tx, node.from.froms[0])
  const scope = { tx, sources: [source] }
  const { found, matches } = matching(scope, node.where?.where)
  const done: Row[] = []
  for (const row of found) {
    const deleted = await tx.delete(source.table, row, (latest) => matches([latest]))
    if (deleted) done.push(deleted)
  }
  return answer(scope, node.returning, done)
}

function answer(scope: Scope, returning: ReturningNode | undefined, done: readonly Row[]): Answer {
  const rows = returning ? projection(scope, returning.selections)(done.map((row) => [row])) : []
  return { rows, count: done.length }
}
