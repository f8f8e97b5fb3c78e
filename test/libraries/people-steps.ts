import { expect } from 'vitest'
import { dataUri, MOVING_GIF, PNG } from '#test/support/pictures.ts'
import type { Step, World } from './world.ts'

async function letIn(w: World): Promise<void> {
  const { code } = await w.owner.expect('POST', `/channels/${w.general}/invites`, { max_uses: 1 })
  await w.stranger.expect('POST', `/invites/${code}`, {})
  await w.hears('GUILD_MEMBER_ADD', { id: w.stranger.id })
  w.cached((caches) => caches.member(w.stranger.id), { id: w.stranger.id, roles: [] })
}

export const memberSteps: readonly Step[] = [
  [
    'hears of somebody who joins, and of the greeting',
    async (w) => {
      await letIn(w)
      await w.hears('MESSAGE_CREATE', { type: 7, authorId: w.stranger.id })
    },
  ],
  [
    'fetches a member',
    async (w) => {
      expect(await w.lib.fetchMember(w.stranger.id)).toMatchObject({ id: w.stranger.id, roles: [] })
    },
  ],
  [
    'lists members by REST',
    async (w) => {
      const listed = (await w.lib.listMembers()).map(({ id }) => id)
      expect(listed).toHaveLength(4)
      expect(listed).toEqual(expect.arrayContaining([w.owner.id, w.guest.id, w.stranger.id]))
    },
  ],
  [
    'searches members by REST',
    async (w) => {
      const found = await w.lib.searchMembers(w.guest.username)
      expect(found.map(({ id }) => id)).toEqual([w.guest.id])
    },
  ],
  [
    'asks the gateway for all members',
    async (w) => {
      const ids = (await w.lib.chunks('all')).map(({ id }) => id)
      expect(ids).toHaveLength(4)
      await w.hears('GUILD_MEMBERS_CHUNK', { memberIds: [...ids].sort() })
    },
  ],
  [
    'asks the gateway for members by name',
    async (w) => {
      const found = await w.lib.chunks({ name: w.guest.username })
      expect(found.map(({ id }) => id)).toEqual([w.guest.id])
    },
  ],
  [
    'asks the gateway for members by id',
    async (w) => {
      const found = await w.lib.chunks({ ids: [w.guest.id, w.owner.id] })
      expect(found.map(({ id }) => id).sort()).toEqual([w.guest.id, w.owner.id].sort())
    },
  ],
  [
    'gives a nickname',
    async (w) => {
      expect(await w.lib.editMember(w.stranger.id, { nick: 'Dori' })).toMatchObject({ nick: 'Dori' })
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.stranger.id, nick: 'Dori' })
      w.cached((caches) => caches.member(w.stranger.id), { nick: 'Dori' })
    },
  ],
  [
    'times out',
    async (w) => {
      expect(await w.lib.editMember(w.stranger.id, { timedOutFor: 60 })).toMatchObject({ timedOut: true })
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.stranger.id, timedOut: true })
      w.cached((caches) => caches.member(w.stranger.id), { timedOut: true })
      const path = `/channels/${w.general}/messages`
      expect((await w.stranger.request('POST', path, { content: 'x' })).body.code).toBe(50013)
    },
  ],
  [
    'ends the time-out',
    async (w) => {
      expect(await w.lib.editMember(w.stranger.id, { timedOutFor: null })).toMatchObject({ timedOut: false })
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.stranger.id, timedOut: false })
      w.cached((caches) => caches.member(w.stranger.id), { timedOut: false })
    },
  ],
  [
    'hears that somebody changes their name',
    async (w) => {
      await w.stranger.expect('PATCH', `/guilds/${w.guildId}/members/@me`, { nick: null })
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.stranger.id, nick: undefined })
    },
  ],
  [
    'kicks',
    async (w) => {
      await w.lib.kick(w.stranger.id, 'too loud')
      await w.hears('GUILD_MEMBER_REMOVE', { id: w.stranger.id })
      await w.hears('GUILD_AUDIT_LOG_ENTRY_CREATE', {
        action: 20,
        targetId: w.stranger.id,
        reason: 'too loud',
      })
      w.cached((caches) => caches.member(w.stranger.id), null)
    },
  ],
]

export const banSteps: readonly Step[] = [
  [
    'bans, and the messages go',
    async (w) => {
      await letIn(w)
      const { id } = await w.stranger.expect('POST', `/channels/${w.general}/messages`, { content: 'spam' })
      await w.hears('MESSAGE_CREATE', { id })
      await w.lib.ban(w.stranger.id, { deleteSeconds: 3_600, reason: 'spam' })
      await w.hears('GUILD_BAN_ADD', { userId: w.stranger.id })
      await w.hears('GUILD_MEMBER_REMOVE', { id: w.stranger.id })
      const { ids } = await w.hears('MESSAGE_DELETE_BULK', { channelId: w.general })
      expect(ids).toContain(id)
      w.cached((caches) => caches.member(w.stranger.id), null)
    },
  ],
  [
    'fetches the ban',
    async (w) => {
      expect(await w.lib.fetchBan(w.stranger.id)).toEqual({ userId: w.stranger.id, reason: 'spam' })
    },
  ],
  [
    'lists the bans',
    async (w) => {
      expect(await w.lib.bans()).toEqual([{ userId: w.stranger.id, reason: 'spam' }])
    },
  ],
  [
    'unbans',
    async (w) => {
      await w.lib.unban(w.stranger.id)
      await w.hears('GUILD_BAN_REMOVE', { userId: w.stranger.id })
      expect(await w.lib.bans()).toEqual([])
    },
  ],
  [
    'bans several at once',
    async (w) => {
      const done = await w.lib.bulkBan([w.stranger.id, w.owner.id])
      expect(done).toEqual({ banned: [w.stranger.id], failed: [w.owner.id] })
      await w.hears('GUILD_BAN_ADD', { userId: w.stranger.id })
      await w.lib.unban(w.stranger.id)
    },
  ],
  [
    'reads the audit log',
    async (w) => {
      const { id } = await w.lib.self()
      const entries = await w.lib.auditLog(22)
      expect(entries.map(({ userId, targetId, reason }) => [userId, targetId, reason])).toEqual([
        [id, w.stranger.id, undefined],
        [id, w.stranger.id, 'spam'],
      ])
    },
  ],
]

const INVITE = { maxAge: 3_600, maxUses: 3, temporary: true }

export const inviteSteps: readonly Step[] = [
  [
    'makes an invite',
    async (w) => {
      const invite = await w.lib.createInvite(w.general, INVITE)
      expect(invite).toMatchObject({ channelId: w.general, ...INVITE })
      w.made.invite = invite.code as string
      await w.hears('INVITE_CREATE', { code: w.id('invite'), channelId: w.general, ...INVITE })
    },
  ],
  [
    'fetches the invite',
    async (w) => {
      const fetched = await w.lib.fetchInvite(w.id('invite'))
      expect(fetched).toMatchObject({ code: w.id('invite'), channelId: w.general })
    },
  ],
  [
    "lists the guild's invites",
    async (w) => {
      const listed = await w.lib.guildInvites()
      expect(listed).toEqual(
        expect.arrayContaining([expect.objectContaining({ code: w.id('invite'), ...INVITE })]),
      )
    },
  ],
  [
    "lists the channel's invites",
    async (w) => {
      const codes = (await w.lib.channelInvites(w.general)).map(({ code }) => code)
      expect(codes).toContain(w.id('invite'))
      expect(await w.lib.channelInvites(w.id('news'))).toEqual([])
    },
  ],
  [
    'deletes the invite',
    async (w) => {
      await w.lib.deleteInvite(w.id('invite'))
      await w.hears('INVITE_DELETE', { code: w.id('invite'), channelId: w.general })
      expect((await w.guest.request('GET', `/invites/${w.id('invite')}`)).body.code).toBe(10006)
    },
  ],
]

export const emojiSteps: readonly Step[] = [
  [
    'makes an emoji',
    async (w) => {
      const emoji = await w.lib.createEmoji({ name: 'kettle', image: PNG, type: 'png' })
      expect(emoji).toMatchObject({ name: 'kettle', animated: false })
      w.made.emoji = emoji.id as string
      await w.hears('GUILD_EMOJIS_UPDATE', { kind: 'created', id: w.id('emoji'), name: 'kettle' })
      w.cached((caches) => caches.emoji(w.id('emoji')), { name: 'kettle', animated: false })
    },
  ],
  [
    'hears of an animated emoji of somebody else',
    async (w) => {
      const image = dataUri(MOVING_GIF, 'gif')
      const { id } = await w.owner.expect('POST', `/guilds/${w.guildId}/emojis`, { name: 'steam', image })
      w.made.moving = id
      await w.hears('GUILD_EMOJIS_UPDATE', { kind: 'created', id, name: 'steam' })
      w.cached((caches) => caches.emoji(id), { animated: true })
    },
  ],
  [
    'renames an emoji',
    async (w) => {
      expect(await w.lib.editEmoji(w.id('emoji'), 'pot')).toMatchObject({ id: w.id('emoji'), name: 'pot' })
      await w.hears('GUILD_EMOJIS_UPDATE', { kind: 'updated', id: w.id('emoji'), name: 'pot' })
      w.cached((caches) => caches.emoji(w.id('emoji')), { name: 'pot' })
    },
  ],
  [
    'fetches an emoji',
    async (w) => {
      expect(await w.lib.fetchEmoji(w.id('moving'))).toMatchObject({ name: 'steam', animated: true })
    },
  ],
  [
    'lists the emojis',
    async (w) => {
      const listed = (await w.lib.emojis()).map(({ id }) => id as string)
      expect(listed.sort()).toEqual([w.id('emoji'), w.id('moving')].sort())
    },
  ],
  [
    'deletes an emoji',
    async (w) => {
      await w.lib.deleteEmoji(w.id('moving'))
      await w.hears('GUILD_EMOJIS_UPDATE', { kind: 'deleted', id: w.id('moving') })
      w.cached((caches) => caches.emoji(w.id('moving')), null)
    },
  ],
]
