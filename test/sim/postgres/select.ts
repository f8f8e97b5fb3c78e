import type {
  JoinNode,
  OperationNode,
  OrderByItemNode,
  RawNode,
  SelectModifierNode,
  SelectQueryNode,
  ValueNode,
} from 'kysely'
import {
  compile,
  conjuncts,
  type Env,
  filter,
  only,
  type Scope,
  type Source,
  unknown,
} from './expressions.ts'
import { UPDATE } from './locks.ts'
import { candidates, sourceOf } from './matching.ts'
import { type Answer, projection } from './projection.ts'
import type { Transaction } from './transaction.ts'
import { coerce, compare, keyPart, type Row } from './values.ts'

const PARTS = ['from', 'joins', 'selections', 'where', 'orderBy', 'limit', 'frontModifiers', 'endModifiers']

export function select(tx: Transaction, node: SelectQueryNode): Answer | Promise<Answer> {
  only(node, PARTS)
  if (node.from?.froms.length !== 1) throw unknown('from', node)
  const joins = node.joins ?? []
  const sources = [node.from.froms[0], ...joins.map((join) => join.table)].map((from) => sourceOf(tx, from))
  const scope = { tx, sources }
  const where = conjuncts(node.where?.where)
  const matches = filter(scope, where)
  const envs = joined(scope, where, joins).filter(matches)
  // Nothing here locks a row only for its key, so the two are the same.
  if (modifies(node.endModifiers, 'ForUpdate', 'ForNoKeyUpdate')) {
    if (sources.length > 1 || node.orderBy || node.limit) throw unknown('select for update', node)
    return locked(tx, sources[0] as Source, envs, matches).then((kept) => answer(scope, node, kept))
  }
  return answer(scope, node, envs)
}

function answer(scope: Scope, node: SelectQueryNode, envs: Env[]): Answer {
  sort(scope, envs, node.orderBy?.items ?? [])
  const project = projection(scope, node.selections ?? [])
  const distinct = modifies(node.frontModifiers, 'Distinct')
  const rows = distinct ? unique(project(envs)) : project(envs)
  const limit = node.limit ? Number(coerce('bigint', (node.limit.limit as ValueNode).value)) : rows.length
  const limited = rows.slice(0, limit)
  return { rows: limited, count: limited.length }
}

function joined(scope: Scope, where: readonly OperationNode[], joins: readonly JoinNode[]): Env[] {
  let envs: Env[] = candidates(scope, where, 0)([]).map((row) => [row])
  for (const [at, join] of joins.entries()) {
    only(join, ['joinType', 'table', 'on'])
    if (join.joinType !== 'InnerJoin') throw unknown('join', join)
    const on = conjuncts(join.on?.on)
    const rows = candidates(scope, on, at + 1)
    const holds = filter(scope, on)
    envs = envs.flatMap((env) => rows(env).map((row) => [...env, row])).filter(holds)
  }
  return envs
}

/** Each row as it is once it is locked, if it matches even then. */
async function locked(
  tx: Transaction,
  { table }: Source,
  envs: readonly Env[],
  matches: (env: Env) => boolean,
): Promise<Env[]> {
  const kept: Env[] = []
  for (const [found] of envs) {
    const row = await tx.lock(table, table.key(found as Row), UPDATE)
    if (row && matches([row])) kept.push([row])
  }
  return kept
}

function sort(scope: Scope, envs: Env[], items: readonly OrderByItemNode[]): void {
  if (items.length === 0) return
  const orders = items.map((item) => {
    only(item, ['orderBy', 'direction'])
    const { type, get } = compile(scope, item.orderBy)
    if (!type) throw unknown('order', item)
    const descending = (item.direction as RawNode | undefined)?.sqlFragments[0] === 'desc'
    return (a: Env, b: Env) => compare(type, get(a), get(b)) * (descending ? -1 : 1)
  })
  envs.sort((a, b) => orders.reduce((order, next) => order || next(a, b), 0))
}

function unique(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [Object.values(row).map(keyPart).join('\n'), row])).values()]
}

function modifies(nodes: readonly SelectModifierNode[] | undefined, ...modifiers: string[]): boolean {
  for (const node of nodes ?? []) {
    only(node, ['modifier'])
    if (!modifiers.includes(String(node.modifier))) throw unknown('modifier', node)
  }
  return (nodes ?? []).length > 0
}
