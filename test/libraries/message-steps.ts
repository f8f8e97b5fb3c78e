import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Form } from './library.ts'
import type { Step, World } from './world.ts'

/** A message of the library: the answer and the event have these fields. */
async function sent(w: World, answer: Form, fields: Form): Promise<string> {
  const id = answer.id as string
  expect(answer).toMatchObject(fields)
  await w.hears('MESSAGE_CREATE', { id, ...fields })
  return id
}

const idsOf = (forms: readonly Form[]) => forms.map(({ id }) => id as string)

export const messageSteps: readonly Step[] = [
  [
    'hears what somebody says',
    async (w) => {
      const said = await w.guestSays(`tea? ${'ä👍'.repeat(600)}`)
      expect(said).toMatchObject({ type: 0, guildId: w.guildId, pinned: false, edited: false })
      w.made.question = said.id
    },
  ],
  [
    'says something',
    async (w) => {
      const fields = { content: 'with milk', channelId: w.general, type: 0 }
      w.made.first = await sent(w, await w.lib.send(w.general, { content: 'with milk' }), fields)
    },
  ],
  [
    'replies',
    async (w) => {
      const replyTo = { channelId: w.general, messageId: w.id('question') }
      const fields = { content: 'yes', type: 19, repliesTo: w.id('question'), mentions: [w.guest.id] }
      const answer = await w.lib.send(w.general, { content: 'yes', replyTo })
      w.made.reply = await sent(w, answer, fields)
    },
  ],
  [
    'edits',
    async (w) => {
      const edited = await w.lib.editMessage(w.general, w.id('first'), 'with lemon')
      expect(edited).toMatchObject({ id: w.id('first'), content: 'with lemon' })
      await w.hears('MESSAGE_UPDATE', { id: w.id('first'), content: 'with lemon', edited: true })
    },
  ],
  [
    'hears an edit',
    async (w) => {
      const { id } = await w.guestSays('sugar')
      await w.guest.expect('PATCH', `/channels/${w.general}/messages/${id}`, { content: 'no sugar' })
      await w.hears('MESSAGE_UPDATE', { id, content: 'no sugar', edited: true })
    },
  ],
  [
    'fetches a message',
    async (w) => {
      const fetched = await w.lib.fetchMessage(w.general, w.id('reply'))
      expect(fetched).toMatchObject({ content: 'yes', type: 19, repliesTo: w.id('question') })
    },
  ],
  [
    'sends an embed',
    async (w) => {
      const embed = { title: 'Oolong', description: 'half green', color: 0x336699 }
      await sent(w, await w.lib.send(w.general, { embed }), { embeds: [embed] })
    },
  ],
  [
    'sends files, whose bytes come back',
    async (w) => {
      const files = [
        { name: 'leaves.bin', bytes: randomBytes(100_000) },
        { name: 'note.txt', bytes: Buffer.from('steep for 3 minutes') },
      ]
      const answer = await w.lib.send(w.general, { content: 'files', files })
      const expected = files.map(({ name, bytes }) => ({ name, size: bytes.length }))
      await sent(w, answer, { content: 'files', files: expected })
      const urls = (answer.files as { url: string }[]).map(({ url }) => url)
      for (const [n, { bytes }] of files.entries()) {
        const download = await fetch(urls[n] as string)
        expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
      }
    },
  ],
  [
    'mentions somebody and everyone',
    async (w) => {
      const content = `@everyone <@${w.guest.id}> <@${w.owner.id}> <@&${w.id('role')}>`
      const mentions = [w.guest.id, w.owner.id].sort()
      const fields = { mentions, mentionEveryone: true, mentionRoles: [w.id('role')] }
      await sent(w, await w.lib.send(w.general, { content }), fields)
    },
  ],
  [
    'mentions only whom it allows',
    async (w) => {
      const content = `@everyone <@${w.guest.id}> <@&${w.id('role')}>`
      const mentions = { users: [w.guest.id], everyone: false }
      const { id } = await w.lib.send(w.general, { content, mentions })
      const shown = await w.guest.expect('GET', `/channels/${w.general}/messages/${id}`)
      expect(shown).toMatchObject({ mention_everyone: false, mention_roles: [] })
      await w.hears('MESSAGE_CREATE', { id, mentionEveryone: false, mentionRoles: [] })
    },
  ],
  [
    'reads the newest of the history',
    async (w) => {
      const { id } = await w.lib.send(w.general, { content: 'the last' })
      w.made.last = id as string
      const page = await w.lib.history(w.general, { limit: 3 })
      expect(page).toHaveLength(3)
      expect(page[0]).toMatchObject({ id, content: 'the last' })
    },
  ],
  [
    'reads the history before a message',
    async (w) => {
      const page = await w.lib.history(w.general, { before: w.id('reply'), limit: 2 })
      expect(idsOf(page)).toEqual([w.id('first'), w.id('question')])
    },
  ],
  [
    'reads the history after a message',
    async (w) => {
      const page = await w.lib.history(w.general, { after: w.id('question'), limit: 2 })
      expect(idsOf(page).sort()).toEqual([w.id('first'), w.id('reply')].sort())
    },
  ],
  [
    'reads the history around a message',
    async (w) => {
      const page = await w.lib.history(w.general, { around: w.id('first'), limit: 3 })
      expect(idsOf(page)).toEqual([w.id('reply'), w.id('first'), w.id('question')])
    },
  ],
  [
    'pins',
    async (w) => {
      await w.lib.pin(w.general, w.id('first'))
      await w.hears('CHANNEL_PINS_UPDATE', { id: w.general, any: true })
      await w.hears('MESSAGE_UPDATE', { id: w.id('first'), pinned: true })
      await w.hears('MESSAGE_CREATE', { type: 6, repliesTo: w.id('first') })
      await w.lib.pin(w.general, w.id('reply'))
    },
  ],
  [
    'lists the pins',
    async (w) => {
      const pins = await w.lib.pins(w.general)
      expect(idsOf(pins)).toEqual([w.id('reply'), w.id('first')])
      for (const pin of pins) expect(pin.pinned).toBe(true)
    },
  ],
  [
    'unpins',
    async (w) => {
      for (const name of ['first', 'reply']) await w.lib.unpin(w.general, w.id(name))
      await w.hears('MESSAGE_UPDATE', { id: w.id('reply'), pinned: false })
      await w.hears('CHANNEL_PINS_UPDATE', { id: w.general })
      expect(await w.lib.pins(w.general)).toEqual([])
    },
  ],
  [
    'deletes a message',
    async (w) => {
      await w.lib.deleteMessage(w.general, w.id('last'))
      await w.hears('MESSAGE_DELETE', { id: w.id('last'), channelId: w.general })
      await expect(w.lib.fetchMessage(w.general, w.id('last'))).rejects.toMatchObject({ code: 10008 })
    },
  ],
  [
    'deletes many messages',
    async (w) => {
      const ids: string[] = []
      for (const content of ['1', '2', '3'])
        ids.push((await w.lib.send(w.id('text'), { content })).id as string)
      await w.lib.deleteMessages(w.id('text'), ids)
      await w.hears('MESSAGE_DELETE_BULK', { channelId: w.id('text'), ids: ids.sort() })
      const left = idsOf(await w.lib.history(w.id('text'), { limit: 10 }))
      for (const id of ids) expect(left).not.toContain(id)
    },
  ],
  [
    'is told what is wrong with a message',
    async (w) => {
      await expect(w.lib.send(w.general, { content: 'x'.repeat(2_001) })).rejects.toThrow(/2000 or fewer/)
    },
  ],
]

const THUMB = '👍'

export const reactionSteps: readonly Step[] = [
  [
    'reacts',
    async (w) => {
      const { id } = await w.lib.self()
      await w.lib.react(w.general, w.id('question'), THUMB)
      await w.hears('MESSAGE_REACTION_ADD', { id: w.id('question'), emoji: THUMB, userId: id })
    },
  ],
  [
    'hears a reaction of somebody',
    async (w) => {
      await w.guest.expect(
        'PUT',
        `/channels/${w.general}/messages/${w.id('question')}/reactions/${encodeURIComponent(THUMB)}/@me`,
      )
      await w.hears('MESSAGE_REACTION_ADD', { id: w.id('question'), emoji: THUMB, userId: w.guest.id })
      const fetched = await w.lib.fetchMessage(w.general, w.id('question'))
      expect(fetched.reactions).toEqual([{ emoji: THUMB, count: 2, me: true }])
    },
  ],
  [
    'lists who reacted',
    async (w) => {
      const { id } = await w.lib.self()
      const users = await w.lib.reactionUsers(w.general, w.id('question'), THUMB)
      expect(idsOf(users).sort()).toEqual([id as string, w.guest.id].sort())
    },
  ],
  [
    'reacts with an emoji of the guild',
    async (w) => {
      await w.lib.react(w.general, w.id('question'), `pot:${w.id('emoji')}`)
      await w.hears('MESSAGE_REACTION_ADD', { id: w.id('question'), emoji: w.id('emoji') })
    },
  ],
  [
    "removes somebody's reaction",
    async (w) => {
      await w.lib.removeReaction(w.general, w.id('question'), THUMB, w.guest.id)
      await w.hears('MESSAGE_REACTION_REMOVE', { emoji: THUMB, userId: w.guest.id })
    },
  ],
  [
    'removes its own reaction',
    async (w) => {
      const { id } = await w.lib.self()
      await w.lib.removeReaction(w.general, w.id('question'), THUMB)
      await w.hears('MESSAGE_REACTION_REMOVE', { emoji: THUMB, userId: id })
    },
  ],
  [
    'removes all of one emoji',
    async (w) => {
      await w.lib.react(w.general, w.id('question'), THUMB)
      await w.lib.clearEmoji(w.general, w.id('question'), `pot:${w.id('emoji')}`)
      await w.hears('MESSAGE_REACTION_REMOVE_EMOJI', { id: w.id('question'), emoji: w.id('emoji') })
      const fetched = await w.lib.fetchMessage(w.general, w.id('question'))
      expect(fetched.reactions).toEqual([{ emoji: THUMB, count: 1, me: true }])
    },
  ],
  [
    'removes all reactions',
    async (w) => {
      await w.lib.clearReactions(w.general, w.id('question'))
      await w.hears('MESSAGE_REACTION_REMOVE_ALL', { id: w.id('question') })
      expect((await w.lib.fetchMessage(w.general, w.id('question'))).reactions).toEqual([])
    },
  ],
]
