import type { KnownGuild } from './known-guild.ts'
import { bodyOf, type Operations } from './operations.ts'
import { get, MESSAGE, MESSAGES, patch, post, put, remove } from './requests.ts'
import type { Request } from './rest.ts'
import { Violation } from './violation.ts'

/** When all is well again, whoever may do everything can do everything. */
export async function useEverything(operations: Operations, guild: KnownGuild): Promise<void> {
  const { owner, id } = guild
  const [general] = guild.channels as [string]
  const must = async (kind: string, request: Request, marker = '') => {
    const done = await operations.do(kind, owner, request, marker)
    if (done.outcome !== 'ok')
      throw new Violation(
        'I11',
        `the owner's ${kind} ended in ${done.attempts.at(-1)?.answer?.status} when all was well`,
      )
    return done
  }
  const text = operations.marker('text')
  const sent = await must('send', post(MESSAGES, { channel_id: general }, { content: text }), text)
  const message = { channel_id: general, message_id: bodyOf(sent).id }
  const edited = operations.marker('edit')
  await must('edit', patch(MESSAGE, message, { content: edited }), edited)
  const emoji = '👍'
  await must('react', put(`${MESSAGE}/reactions/:emoji/@me`, { ...message, emoji }))
  const own = { ...message, emoji, user_id: '@me' }
  await must('unreact', remove(`${MESSAGE}/reactions/:emoji/:user_id`, own))
  const shown = await must('read', get(MESSAGES, { channel_id: general }, { limit: '100' }))
  if (!bodyOf(shown).some((one: { id: string }) => one.id === message.message_id))
    throw new Violation('PRJ-4', `${message.message_id} was acknowledged and is not in history`)
  await must('delete', remove(MESSAGE, message))
  const name = operations.marker('channel')
  const made = await must(
    'create channel',
    post('/guilds/:guild_id/channels', { guild_id: id }, { name, type: 0 }),
    name,
  )
  const channel = { channel_id: bodyOf(made).id }
  const topic = operations.marker('topic')
  await must('edit channel', patch('/channels/:channel_id', channel, { topic }), topic)
  await must('delete channel', remove('/channels/:channel_id', channel))
}
