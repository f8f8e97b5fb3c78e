import type { Flag } from '#test/sim/checks/naive-guild.ts'
import { routeTable } from '#test/support/route-table.ts'
import { belongings, grounds } from './rights.ts'
import type { Row } from './routes.ts'
import { type Place, SUBJECTS, type Subject, type World } from './world.ts'

/** One call of a row: by somebody, with some ids. */
export interface Call {
  readonly what: string
  readonly row: Row
  readonly subject: Subject
  readonly ids: Place
  /** The codes that it may be refused with; []: it must succeed. */
  readonly refusals: readonly number[]
}

/** Each subject with own and foreign ids, one of them foreign at a time and all of them. */
export function callsOf(row: Row, world: World): Call[] {
  const { town, subjects } = world
  const params = routeTable.find(({ name }) => name === row.route)?.params ?? []
  const names = [...new Set([...params, ...(row.uses ?? [])])].filter((name) => !(name in (row.fixed ?? {})))
  return SUBJECTS.flatMap((name) => {
    const subject = subjects[name]
    const caller = name === 'anonymous' ? undefined : subject
    const place = row.inGroup ? { ...world, own: { ...world.own, channel_id: world.group } } : world
    return [...variantsOf(row, names, place, subject)].map(([ids, which]): Call => {
      const all = { ...ids, ...row.fixed }
      const used = Object.fromEntries(
        Object.entries(all).filter(([key]) => names.includes(key) || params.includes(key)),
      )
      const bound = params.filter((param) => !row.unbound?.includes(param))
      const checks = bound.flatMap((param) => belongings[param] ?? [])
      const right = { ...row.right, rest: [...row.right.rest, ...checks] }
      const refusals = grounds(right, { caller, ids: used, town })
      return { what: `${name}, ${which}`, row, subject, ids: used, refusals }
    })
  })
}

function* variantsOf(
  { unbound = [] }: Row,
  names: readonly string[],
  world: World,
  { name }: Subject,
): Generator<[Place, string]> {
  const { own, foreign, subjects } = world
  yield [own, 'own ids']
  for (const key of names)
    if (foreign[key] !== own[key]) yield [{ ...own, [key]: foreign[key] as string }, `foreign ${key}`]
  if (names.length > 1) yield [foreign, 'foreign ids']
  const others: Record<string, readonly (string | undefined)[]> = {
    channel_id: names.includes('guild_id') ? [] : [world.conversation],
    role_id: [world.highRole],
    user_id: [
      world.keeper.id,
      world.peer.id,
      subjects.owner.id,
      ...(unbound.includes('user_id') ? [world.banned] : []),
    ],
    message_id: [world.mine.get(name)?.[0]],
    emoji: [own, foreign].map(({ emoji_id }) => encodeURIComponent(`kettle:${emoji_id}`)),
  }
  for (const key of names)
    for (const [n, id] of (others[key] ?? []).entries())
      if (id) yield [{ ...own, [key]: id }, `another ${key} (${n})`]
}

/** Path and body as they are sent. */
export function requestOf(
  { row, subject }: Call,
  ids: Place,
): { method: string; path: string; body: unknown } {
  const [method = '', template = ''] = row.route.split(' ')
  const full = row.query ? `${template}?${row.query}` : template
  const body = typeof row.body === 'function' ? row.body(ids, subject) : row.body
  return { method, path: full.replace(/\{(\w+)\}/g, (_, key: string) => ids[key] ?? ''), body }
}

/** May the one who calls do something in the channel of the call? */
export const mayIn =
  ({ town }: World, { subject, ids }: Call) =>
  (flag: keyof typeof Flag): boolean => {
    const channelId = ids.channel_id ?? town.links.get(ids.attachment_url ?? '')
    if (town.conversations.has(channelId ?? '')) return true
    const guild = town.guildOfChannel(channelId)
    return guild !== undefined && town.may(guild, subject.id, flag, channelId)
  }
