import { type Call, callsOf, requestOf } from './calls.ts'
import type { Row } from './routes.ts'
import type { World } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever the response is made of
type Json = any

/**
 * Every subject sends back what the owner is shown, as it is and with other values: those who may not change it
 * anything, the others what no PATCH changes. Where a fresh fetch is not what it was, in words.
 */
export async function patchProblems(world: World, ofRoute: readonly Row[]): Promise<string[]> {
  const problems: string[] = []
  for (const call of ownCalls(ofRoute[0] as Row, world)) {
    const before = await read(world, call)
    const { method, path } = requestOf(call, call.ids)
    const edits = ofRoute.flatMap((row) => (mayDo(row, world, call) ? (row.edits ?? []) : []))
    const fields = Object.entries(before).filter(([name]) => !edits.includes(name))
    for (const sent of bodiesOf(fields, world, edits.length > 0)) {
      const body = call.row.wrap?.(sent, call.ids) ?? sent
      const { status } = await call.subject.caller.request(method, path, body)
      if (status >= 500)
        problems.push(`${call.row.route} by ${call.what}: ${status} for ${JSON.stringify(body)}`)
    }
    const after = await read(world, call)
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (edits.length > 0 && name === 'edited_timestamp') continue
      if (JSON.stringify(before[name]) !== JSON.stringify(after[name]))
        problems.push(`${call.row.route} by ${call.what} changed ${name} to ${JSON.stringify(after[name])}`)
    }
  }
  return problems
}

const ownCalls = (row: Row, world: World) =>
  callsOf(row, world).filter(({ what }) => what.endsWith('own ids'))

const mayDo = (row: Row, world: World, { subject }: Call): boolean =>
  ownCalls(row, world).some((one) => one.subject === subject && one.refusals.length === 0)

/** Who may edit is not refused for one wrong field, so that all can be sent at once. */
function bodiesOf(fields: [string, Json][], world: World, mayEdit: boolean): Record<string, Json>[] {
  const changed = fields.map(([name, value]) =>
    others(value, world).map((other): [string, Json] => [name, other]),
  )
  const all = [0, 1, 2].map((n) => changed.flatMap((one) => (one[n] ? [one[n]] : [])))
  const single = mayEdit ? [] : changed.flatMap((one) => one.slice(0, 1).map((field) => [field]))
  return [fields, ...all, ...single].map((entries) => Object.fromEntries(entries))
}

/** The object as its owner is shown it; of a list, the one that the ids end with. */
async function read({ owner, subjects }: World, { row, subject, ids }: Call): Promise<Record<string, Json>> {
  const template = row.read ?? row.route.split(' ')[1] ?? ''
  const path = template.replace(/\{(\w+)\}/g, (_, key: string) => ids[key] ?? '')
  const own = row.personal ? await subject.caller.request('GET', path) : undefined
  const reader = row.reader ? subjects[row.reader].caller : owner
  const shown = own?.status === 200 ? own.body : await reader.expect('GET', path)
  return Array.isArray(shown) ? shown.find(({ id }) => Object.values(ids).at(-1) === id) : shown
}

/** Values of the same kind, and of others where the kind is not known. */
function others(value: Json, { foreign, subjects }: World): Json[] {
  if (value === null) return [foreign.channel_id, 1, true]
  if (typeof value === 'number') return [value + 1]
  if (typeof value === 'boolean') return [!value]
  if (Array.isArray(value)) return [value.length > 0 ? [] : [foreign.role_id]]
  if (typeof value === 'object') return [{}]
  return /^\d{17,}$/.test(value) ? [foreign.guild_id, subjects.moderator.id] : [`${value}1`]
}
