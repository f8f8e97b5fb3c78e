import asyncio
import io
import os

import discord

from structure_steps import equal

STEPS = []
NOBODY = discord.AllowedMentions.none()


def step(title):
    return lambda run: STEPS.append((title, run))


async def fails(awaitable, code):
    try:
        await awaitable
    except discord.HTTPException as error:
        return equal(error.code, code)
    raise AssertionError(f'it was not refused with {code}')


@step('hears what somebody says')
async def _(w):
    said = await w.says('tea? ' + 'ä👍' * 600)
    equal((said.author.id, said.guild.id, said.type), (w.guest.id, w.guild_id, discord.MessageType.default))
    w.made['question'] = said


@step('says something')
async def _(w):
    w.made['first'] = await w.general.send('with milk')
    await w.heard('message', lambda m: m.id == w.made['first'].id and m.content == 'with milk')


@step('replies')
async def _(w):
    reply = await w.made['question'].reply('yes', mention_author=True)
    equal((reply.type, reply.reference.message_id), (discord.MessageType.reply, w.made['question'].id))
    equal([u.id for u in reply.mentions], [w.guest.id])
    await w.heard('message', lambda m: m.id == reply.id and m.reference.resolved.id == w.made['question'].id)
    w.made['reply'] = reply


@step('edits')
async def _(w):
    equal((await w.made['first'].edit(content='with lemon')).content, 'with lemon')
    await w.heard('message_edit', lambda before, after: after.content == 'with lemon' and after.edited_at)


@step('fetches a message')
async def _(w):
    equal((await w.general.fetch_message(w.made['reply'].id)).content, 'yes')


@step('sends an embed')
async def _(w):
    embed = discord.Embed(title='Oolong', description='half green', colour=0x336699)
    sent = await w.general.send(embed=embed)
    await w.heard('message', lambda m: m.id == sent.id and m.embeds == [embed])


@step('sends files, whose bytes come back')
async def _(w):
    contents = [os.urandom(100_000), b'steep for 3 minutes']
    files = [discord.File(io.BytesIO(c), n) for c, n in zip(contents, ['leaves.bin', 'note.txt'])]
    sent = await w.general.send('files', files=files)
    equal([await a.read() for a in sent.attachments], contents)
    await w.heard('message', lambda m: [a.size for a in m.attachments] == [len(c) for c in contents])


@step('takes a file away')
async def _(w):
    sent = await w.general.send(file=discord.File(io.BytesIO(b'x'), 'x.bin'))
    equal((await sent.edit(content='none', attachments=[])).attachments, [])


@step('mentions somebody and everyone, and only whom it allows')
async def _(w):
    content = f"@everyone <@{w.guest.id}> {w.made['role'].mention}"
    loud, quiet = await w.general.send(content), await w.general.send(content, allowed_mentions=NOBODY)
    assert loud.mention_everyone and not quiet.mention_everyone
    equal([r.id for r in loud.role_mentions], [w.made['role'].id])
    await w.heard('message', lambda m: m.id == quiet.id and not m.mention_everyone)


@step('reads the history before, after and around a message')
async def _(w):
    first, question, reply = [w.made[name].id for name in ['first', 'question', 'reply']]
    history = w.general.history
    equal([m.id async for m in history(limit=2, before=w.made['reply'])], [first, question])
    equal([m.id async for m in history(limit=2, after=w.made['question'])], [first, reply])
    around = [m.id async for m in history(limit=3, around=w.made['first'])]
    equal(sorted(around), sorted([question, first, reply]))


@step('pins')
async def _(w):
    await w.made['first'].pin()
    await w.heard('guild_channel_pins_update', lambda channel, at: channel.id == w.general_id and at)
    await w.heard('message', lambda m: m.type is discord.MessageType.pins_add)


@step('lists the pins')
async def _(w):
    equal([m.id async for m in w.general.pins()], [w.made['first'].id])


@step('unpins')
async def _(w):
    await w.made['first'].unpin()
    await w.heard('guild_channel_pins_update')
    equal([m.id async for m in w.general.pins()], [])


@step('deletes a message')
async def _(w):
    sent = await w.general.send('goes')
    await sent.delete()
    await w.heard('message_delete', lambda m: m.id == sent.id)
    await fails(w.general.fetch_message(sent.id), 10008)


@step('deletes many messages')
async def _(w):
    sent = [await w.made['text'].send(str(n)) for n in range(3)]
    await w.made['text'].delete_messages(sent)
    await w.heard('raw_bulk_message_delete', lambda event: event.message_ids == {m.id for m in sent})


@step('is told what is wrong')
async def _(w):
    await fails(w.general.send('x' * 2001), 50035)


@step('reacts')
async def _(w):
    await w.made['question'].add_reaction('👍')
    await w.heard('reaction_add', lambda reaction, user: user.id == w.client.user.id)


@step('hears a reaction of somebody')
async def _(w):
    path = f"/channels/{w.general_id}/messages/{w.made['question'].id}/reactions/%F0%9F%91%8D/@me"
    await w.guest.call('PUT', path)
    await w.heard('reaction_add', lambda reaction, user: user.id == w.guest.id and reaction.count == 2)


@step('lists who reacted')
async def _(w):
    [reaction] = (await w.general.fetch_message(w.made['question'].id)).reactions
    equal({u.id async for u in reaction.users()}, {w.guest.id, w.client.user.id})


@step("removes somebody's reaction and its own")
async def _(w):
    for user in [discord.Object(w.guest.id), w.client.user]:
        await w.made['question'].remove_reaction('👍', user)
        await w.heard('raw_reaction_remove', lambda event: event.user_id == user.id)


@step('removes all of one emoji, and all reactions')
async def _(w):
    for emoji in ['👍', w.made['emoji']]:
        await w.made['question'].add_reaction(emoji)
    await w.made['question'].clear_reaction(w.made['emoji'])
    await w.heard('raw_reaction_clear_emoji', lambda event: event.emoji.id == w.made['emoji'].id)
    await w.made['question'].clear_reactions()
    await w.heard('raw_reaction_clear', lambda event: event.message_id == w.made['question'].id)
    equal((await w.general.fetch_message(w.made['question'].id)).reactions, [])


@step('deletes the emoji')
async def _(w):
    await w.made['emoji'].delete()
    await w.heard('guild_emojis_update', lambda guild, before, after: not after)


@step('types')
async def _(w):
    await w.general.typing()


@step('hears somebody type')
async def _(w):
    await w.guest.call('POST', f'/channels/{w.general_id}/typing')
    await w.heard('typing', lambda channel, user, when: (channel.id, user.id) == (w.general_id, w.guest.id))


@step('shows its presence')
async def _(w):
    await w.client.change_presence(status=discord.Status.idle, activity=discord.Game('with leaves'))
    await w.heard('presence_update', lambda before, after: after.id == w.client.user.id and
                  (after.status, after.activity.name) == (discord.Status.idle, 'with leaves'))


@step('opens a conversation with somebody and writes')
async def _(w):
    sent = await (await w.client.fetch_user(w.guest.id)).send('just you')
    w.made['dm'] = sent.channel
    equal((sent.channel.recipient.id, sent.guild), (w.guest.id, None))


@step('hears the answer')
async def _(w):
    said = await w.says('and you', w.made['dm'].id)
    assert isinstance(said.channel, discord.DMChannel)
    equal([m.content async for m in w.made['dm'].history(limit=2)], ['and you', 'just you'])


@step('is cut off, resumes, and has missed nothing')
async def _(w):
    shard = w.guild.shard_id
    many = isinstance(w.client, discord.AutoShardedClient)
    socket = w.client._AutoShardedClient__shards[shard].ws if many else w.client.ws
    socket.socket._response.connection.transport.abort()  # there is no public way to lose a connection
    contents = [f'while you were away {n}' for n in range(5)]
    for content in contents:
        await w.guest.call('POST', f'/channels/{w.general_id}/messages', {'content': content})
    await w.heard('shard_resumed' if many else 'resumed')
    await w.heard('message', lambda m: m.content == contents[-1])
    came = [args[0].content for name, args in w.client.events if name == 'message']
    equal([content for content in came if content in contents], contents)


@step('goes on after that')
async def _(w):
    await w.says('there you are')
    sent = await w.general.send('here')
    await w.heard('message', lambda m: m.id == sent.id)


@step('hears that somebody leaves')
async def _(w):
    await w.lets_in()
    await w.stranger.call('DELETE', f'/users/@me/guilds/{w.guild_id}')
    await w.heard('member_remove', lambda m: m.id == w.stranger.id)


@step('disconnects')
async def _(w):
    await w.client.close()
    await asyncio.sleep(0)
    assert w.client.is_closed()
