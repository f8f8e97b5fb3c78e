import discord

from world import SETTING

STEPS = []


def step(title):
    return lambda run: STEPS.append((title, run))


def equal(now, expected):
    assert now == expected, f'{now!r} is not {expected!r}'


@step('is logged in, with the guilds of all its shards')
async def _(w):
    assert w.client.user.bot and w.client.application_id
    equal(len(w.client.guilds), SETTING['shards'])
    for guild in w.client.guilds:
        equal(guild.shard_id, (guild.id >> 22) % SETTING['shards'])
    if SETTING['shards'] > 1:
        equal(sorted(w.client.shards), list(range(SETTING['shards'])))


@step('has the guild, its members and channels in its caches')
async def _(w):
    equal((w.guild.name, w.guild.owner_id, w.guild.member_count), ('Tea room', w.owner.id, 3))
    equal({m.id for m in w.guild.members}, {w.owner.id, w.guest.id, w.client.user.id})
    equal(w.general.type, discord.ChannelType.text)
    assert w.guild.me.guild_permissions.administrator


@step('fetches the guild')
async def _(w):
    equal((await w.client.fetch_guild(w.guild_id)).owner_id, w.owner.id)


@step('fetches somebody')
async def _(w):
    equal((await w.client.fetch_user(w.guest.id)).bot, False)


@step('reads its application')
async def _(w):
    equal((await w.client.application_info()).id, w.client.application_id)


@step('edits the guild')
async def _(w):
    equal((await w.guild.edit(name='Tea house', system_channel=w.general)).name, 'Tea house')
    await w.heard('guild_update', lambda before, after: after.name == 'Tea house')
    equal(w.guild.system_channel.id, w.general_id)


@step('makes a category')
async def _(w):
    w.made['category'] = await w.guild.create_category('Rooms', reason='for the scenario')
    await w.heard('guild_channel_create', lambda c: c.id == w.made['category'].id)
    await w.heard('audit_log_entry_create', lambda e: e.reason == 'for the scenario')


@step('makes a text channel in it, with topic, slow mode and NSFW')
async def _(w):
    channel = await w.guild.create_text_channel(
        'quiet-room', category=w.made['category'], topic='whisper ä 👍', nsfw=True, slowmode_delay=5
    )
    equal((channel.topic, channel.nsfw, channel.slowmode_delay), ('whisper ä 👍', True, 5))
    await w.heard('guild_channel_create', lambda c: c.id == channel.id and c.topic == 'whisper ä 👍')
    w.made['text'] = channel
    equal(w.guild.get_channel(channel.id).category_id, w.made['category'].id)


@step('makes a voice channel')
async def _(w):
    w.made['voice'] = await w.guild.create_voice_channel('Loud room', category=w.made['category'])
    heard = await w.heard('guild_channel_create', lambda c: c.id == w.made['voice'].id)
    equal((heard.type, heard.user_limit), (discord.ChannelType.voice, 0))


@step('makes an announcement channel')
async def _(w):
    w.made['news'] = await w.guild.create_text_channel('news', news=True)
    assert (await w.heard('guild_channel_create', lambda c: c.id == w.made['news'].id)).is_news()


@step('edits name and topic')
async def _(w):
    edited = await w.made['text'].edit(name='quieter-room', topic='hush', slowmode_delay=0)
    equal((edited.name, edited.topic, edited.slowmode_delay), ('quieter-room', 'hush', 0))
    await w.heard('guild_channel_update', lambda before, after: after.topic == 'hush')
    equal(w.guild.get_channel(edited.id).name, 'quieter-room')


@step('moves a channel')
async def _(w):
    await w.made['text'].move(end=True, category=None)
    await w.heard('guild_channel_update', lambda before, after: after.id == w.made['text'].id)
    equal(w.guild.get_channel(w.made['text'].id).category_id, None)


@step('fetches a channel, and all')
async def _(w):
    equal((await w.client.fetch_channel(w.made['text'].id)).topic, 'hush')
    equal({c.id for c in await w.guild.fetch_channels()}, {c.id for c in w.guild.channels})


@step('puts an overwrite for a person')
async def _(w):
    member = w.guild.get_member(w.guest.id)
    await w.made['text'].set_permissions(member, send_messages=False)
    await w.heard('guild_channel_update', lambda before, after: after.overwrites_for(member).send_messages is False)
    assert not w.guild.get_channel(w.made['text'].id).permissions_for(member).send_messages


@step('deletes the overwrite')
async def _(w):
    member = w.guild.get_member(w.guest.id)
    await w.made['text'].set_permissions(member, overwrite=None)
    await w.heard('guild_channel_update', lambda before, after: not after.overwrites)
    await w.says('I may again', w.made['text'].id)


@step('deletes a channel')
async def _(w):
    await w.made['voice'].delete()
    await w.heard('guild_channel_delete', lambda c: c.id == w.made['voice'].id)
    equal(w.guild.get_channel(w.made['voice'].id), None)


@step('makes two roles')
async def _(w):
    permissions = discord.Permissions(manage_messages=True)
    role = await w.guild.create_role(name='pourers', colour=0x336699, hoist=True, permissions=permissions)
    equal((role.colour.value, role.hoist, role.permissions), (0x336699, True, permissions))
    await w.heard('guild_role_create', lambda r: r.id == role.id)
    w.made['role'], w.made['second'] = role, await w.guild.create_role(name='brewers')
    await w.heard('guild_role_create', lambda r: r.id == w.made['second'].id)


@step('edits a role')
async def _(w):
    equal((await w.made['role'].edit(name='stirrers', mentionable=True)).name, 'stirrers')
    await w.heard('guild_role_update', lambda before, after: after.name == 'stirrers')


@step('sorts the roles')
async def _(w):
    path = f'/guilds/{w.guild_id}/roles'
    own = w.guild.self_role
    await w.owner.call('PATCH', path, [{'id': own.id, 'position': 3}])  # nobody moves roles beside their own
    await w.heard('guild_role_update', lambda before, after: after.id == own.id)
    await w.guild.edit_role_positions({w.made['role']: 1, w.made['second']: 2})
    await w.heard('guild_role_update', lambda before, after: after.id == w.made['second'].id and after.position == 2)
    assert w.guild.get_role(w.made['second'].id) > w.guild.get_role(w.made['role'].id)


@step('fetches the roles')
async def _(w):
    equal({r.id for r in await w.guild.fetch_roles()}, {r.id for r in w.guild.roles})


@step('grants a role')
async def _(w):
    await w.guild.get_member(w.guest.id).add_roles(w.made['role'], reason='tea')
    await w.heard('member_update', lambda before, after: w.made['role'] in after.roles)


@step('takes the role away')
async def _(w):
    await w.guild.get_member(w.guest.id).remove_roles(w.made['role'])
    await w.heard('member_update', lambda before, after: w.made['role'] not in after.roles)


@step('deletes a role')
async def _(w):
    await w.made['second'].delete()
    await w.heard('guild_role_delete', lambda r: r.id == w.made['second'].id)
    equal(w.guild.get_role(w.made['second'].id), None)
