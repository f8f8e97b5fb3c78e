import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { GatewayClient, type Received } from '#test/support/gateway-client.ts'
import { type EventRow, eventRows, type Last } from './events.ts'
import { SUBJECTS, type Subject, type World } from './world.ts'

interface Session {
  readonly subject: Subject
  readonly intents: number
  readonly client: GatewayClient
}

/** One session of everybody with all intents, and of the bot also with all but one, and with one alone. */
export async function sessionsOf({ subjects }: World, gateway: string): Promise<Session[]> {
  const enter = async (subject: Subject, intents: number): Promise<Session> => {
    const client = await GatewayClient.open(gateway)
    await client.identify(subject.token, { intents })
    return { subject, intents, client: client.beat() }
  }
  const used = [...new Set(eventRows.map(({ intent }) => intent))].flatMap((name) =>
    name === 'none' ? [] : Intent[name],
  )
  const everybody = SUBJECTS.filter((name) => name !== 'anonymous').map((name) =>
    enter(subjects[name], KNOWN_INTENTS),
  )
  const partly = used
    .flatMap((bit) => [bit, KNOWN_INTENTS & ~bit])
    .map((intents) => enter(subjects.bot, intents))
  const sessions = await Promise.all([...everybody, ...partly])
  // Answered when all that belongs to the beginning has been sent.
  await Promise.all(sessions.map(({ client }) => client.heartbeat(null)))
  return sessions
}

/** Makes every event happen; where sessions were told more or less than is theirs, in words. */
export async function problemsOfEvents(world: World, sessions: readonly Session[]): Promise<string[]> {
  const begun = new Map(sessions.map(({ client }) => [client, client.frames.length]))
  const happened: { row: EventRow; fits: (frame: Received) => boolean; receivers: Session[] }[] = []
  const last: Last = {}
  for (const row of eventRows) {
    const matches = await row.act(world, last)
    const fits = (frame: Received) => frame.t === row.event && matches(frame.d)
    happened.push({ row, fits, receivers: sessions.filter((session) => isFor(world, row, session)) })
  }
  await mark(world, sessions)
  // What is not in the log has no order with the mark.
  const come = happened.flatMap(({ fits, receivers }) =>
    receivers.map(({ client }) => client.until(fits, { from: begun.get(client) ?? 0 }).catch(() => {})),
  )
  await Promise.all(come)
  return happened.flatMap(({ row, fits, receivers }) =>
    sessions.flatMap((session) => {
      const { subject, intents, client } = session
      const told = client.frames.slice(begun.get(client)).some(fits)
      if (told === receivers.includes(session)) return []
      return `${row.event} (${row.intent}) was ${told ? '' : 'not '}told to ${subject.name} with intents ${intents}`
    }),
  )
}

const isFor = (world: World, { intent, who }: EventRow, { subject, intents }: Session): boolean =>
  who(world, subject) && (intent === 'none' || (intents & Intent[intent]) !== 0)

/** Whatever is still to come to a session comes before a message that it is sent now. */
async function mark({ owner, lobby, subjects, foreign }: World, sessions: readonly Session[]): Promise<void> {
  const say = async (caller: typeof owner, channel: string | undefined): Promise<string> =>
    (await caller.expect('POST', `/channels/${channel}/messages`, { content: 'mark' })).id
  const marks = [await say(owner, lobby), await say(subjects.stranger.caller, foreign.channel_id)]
  const hearing = sessions.filter(({ intents }) => (intents & Intent.GUILD_MESSAGES) !== 0)
  await Promise.all(
    hearing.map(({ client }) => client.dispatch('MESSAGE_CREATE', ({ id }) => marks.includes(id))),
  )
  await Promise.all(sessions.map(({ client }) => client.heartbeat()))
}
