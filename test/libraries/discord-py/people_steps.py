import base64
import datetime

import discord

from structure_steps import equal

STEPS = []
PNG = base64.b64decode(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
)


def step(title):
    return lambda run: STEPS.append((title, run))


@step('hears of somebody who joins, and of the greeting')
async def _(w):
    await w.lets_in()
    await w.heard('message', lambda m: m.type is discord.MessageType.new_member)
    assert w.guild.get_member(w.stranger.id)


@step('fetches a member')
async def _(w):
    equal((await w.guild.fetch_member(w.stranger.id)).id, w.stranger.id)


@step('lists members by REST')
async def _(w):
    equal(len([m async for m in w.guild.fetch_members(limit=None)]), 4)


@step('asks the gateway for all members')
async def _(w):
    equal(len(await w.guild.chunk(cache=True)), 4)


@step('asks the gateway for members by name and by id')
async def _(w):
    member = w.guild.get_member(w.guest.id)
    equal([m.id for m in await w.guild.query_members(member.name, limit=5)], [w.guest.id])
    found = await w.guild.query_members(user_ids=[w.guest.id, w.owner.id])
    equal({m.id for m in found}, {w.guest.id, w.owner.id})


@step('gives a nickname')
async def _(w):
    equal((await w.guild.get_member(w.stranger.id).edit(nick='Dori')).nick, 'Dori')
    await w.heard('member_update', lambda before, after: after.nick == 'Dori')


@step('times out')
async def _(w):
    member = w.guild.get_member(w.stranger.id)
    await member.timeout(datetime.timedelta(minutes=1), reason='too loud')
    await w.heard('member_update', lambda before, after: after.is_timed_out())


@step('ends the time-out')
async def _(w):
    await w.guild.get_member(w.stranger.id).timeout(None)
    await w.heard('member_update', lambda before, after: not after.is_timed_out())


@step('kicks')
async def _(w):
    await w.guild.get_member(w.stranger.id).kick(reason='too loud')
    await w.heard('member_remove', lambda m: m.id == w.stranger.id)
    equal(w.guild.get_member(w.stranger.id), None)


@step('bans, and the messages go')
async def _(w):
    await w.lets_in()
    said = await w.stranger.call('POST', f'/channels/{w.general_id}/messages', {'content': 'spam'})
    await w.heard('message', lambda m: m.id == int(said['id']))
    await w.guild.ban(discord.Object(w.stranger.id), delete_message_seconds=3600, reason='spam')
    await w.heard('member_ban', lambda guild, user: user.id == w.stranger.id)
    await w.heard('raw_bulk_message_delete', lambda event: int(said['id']) in event.message_ids)


@step('fetches and lists the bans')
async def _(w):
    equal((await w.guild.fetch_ban(discord.Object(w.stranger.id))).reason, 'spam')
    equal([entry.user.id async for entry in w.guild.bans()], [w.stranger.id])


@step('unbans')
async def _(w):
    await w.guild.unban(discord.Object(w.stranger.id))
    await w.heard('member_unban', lambda guild, user: user.id == w.stranger.id)


@step('bans several at once')
async def _(w):
    result = await w.guild.bulk_ban([discord.Object(w.stranger.id), discord.Object(w.owner.id)])
    equal([u.id for u in result.banned], [w.stranger.id])
    equal([u.id for u in result.failed], [w.owner.id])
    await w.guild.unban(discord.Object(w.stranger.id))


@step('reads the audit log')
async def _(w):
    entries = [e async for e in w.guild.audit_logs(action=discord.AuditLogAction.ban)]
    equal([(e.user.id, e.target.id, e.reason) for e in entries],
          [(w.client.user.id, w.stranger.id, None), (w.client.user.id, w.stranger.id, 'spam')])


@step('makes an invite')
async def _(w):
    invite = await w.general.create_invite(max_age=3600, max_uses=3, temporary=True, unique=True)
    equal((invite.max_age, invite.max_uses, invite.temporary), (3600, 3, True))
    await w.heard('invite_create', lambda i: i.code == invite.code)
    w.made['invite'] = invite


@step('fetches and lists invites')
async def _(w):
    code = w.made['invite'].code
    equal((await w.client.fetch_invite(code)).approximate_member_count, 3)
    assert code in [i.code for i in await w.guild.invites()]
    assert code in [i.code for i in await w.general.invites()]


@step('deletes the invite')
async def _(w):
    await w.made['invite'].delete()
    await w.heard('invite_delete', lambda i: i.code == w.made['invite'].code)


@step('makes an emoji')
async def _(w):
    w.made['emoji'] = await w.guild.create_custom_emoji(name='kettle', image=PNG)
    await w.heard('guild_emojis_update', lambda guild, before, after: 'kettle' in [e.name for e in after])


@step('renames an emoji')
async def _(w):
    equal((await w.made['emoji'].edit(name='pot')).name, 'pot')
    await w.heard('guild_emojis_update', lambda guild, before, after: 'pot' in [e.name for e in after])
    w.made['emoji'] = w.client.get_emoji(w.made['emoji'].id)


@step('fetches emojis')
async def _(w):
    equal([e.name for e in await w.guild.fetch_emojis()], ['pot'])
    equal((await w.guild.fetch_emoji(w.made['emoji'].id)).name, 'pot')
