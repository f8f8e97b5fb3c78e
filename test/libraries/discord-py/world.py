"""What a run of the scenario with discord.py has: the client, people who speak plain HTTP, and what was heard."""

import asyncio
import json
import logging
import os
import sys
import warnings

SETTING = json.loads(os.environ['SETTING'])
if SETTING['compress'] == 'zlib-stream':
    sys.modules['zstandard'] = None  # discord.py takes it where it finds it

import aiohttp
import discord
import yarl

discord.http.Route.BASE = f"{SETTING['http']}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(SETTING['gateway'])
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
WAIT_S = 10

complaints = []


class Complaints(logging.Handler):
    def emit(self, record):
        complaints.append(f'{record.name}: {record.getMessage()}')


logging.getLogger().addHandler(Complaints(level=logging.WARNING))
logging.captureWarnings(True)
warnings.simplefilter('always')


class Heard:
    """The library's own events, in the order in which it dispatches them."""

    def dispatch(self, event, /, *args, **kwargs):
        self.events.append((event, args))
        super().dispatch(event, *args, **kwargs)

    async def heard(self, event, fits=lambda *args: True, within=WAIT_S):
        since = self.begun
        for _ in range(within * 50):
            for name, args in self.events[since:]:
                if name == event and fits(*args):
                    return args[0] if len(args) == 1 else args
            await asyncio.sleep(0.02)
        raise AssertionError(f'{event} has not come, but {[name for name, _ in self.events[since:]]}')

    async def on_error(self, event, *args, **kwargs):
        complaints.append(f'{event}: {sys.exc_info()[1]!r}')


class OneShard(Heard, discord.Client):
    pass


class ManyShards(Heard, discord.AutoShardedClient):
    pass


def new_client():
    intents = discord.Intents.all()
    many = SETTING['shards'] > 1
    client = (ManyShards if many else OneShard)(intents=intents, shard_count=SETTING['shards'])
    client.events, client.begun = [], 0
    return client


class Person:
    def __init__(self, session, id, token):
        self.session, self.id, self.token = session, int(id), token

    async def call(self, method, path, body=None):
        async with self.session.request(
            method,
            f"{SETTING['http']}/api/v10{path}",
            headers={'authorization': self.token},
            **({} if body is None else {'json': body}),
        ) as response:
            answer = await response.json() if response.status != 204 else None
            if response.status >= 300:
                raise AssertionError(f'{method} {path} was answered {response.status}: {answer}')
            return answer


class World:
    def __init__(self, client, session):
        self.client, self.made = client, {}
        self.guild_id, self.general_id = int(SETTING['guild']), int(SETTING['general'])
        people = SETTING['people']
        self.owner, self.guest, self.stranger = [Person(session, **person) for person in people]

    @property
    def guild(self):
        return self.client.get_guild(self.guild_id)

    @property
    def general(self):
        return self.guild.get_channel(self.general_id)

    def heard(self, event, fits=lambda *args: True):
        return self.client.heard(event, fits)

    async def says(self, content, channel_id=None):
        path = f'/channels/{channel_id or self.general_id}/messages'
        said = await self.guest.call('POST', path, {'content': content})
        return await self.heard('message', lambda message: message.id == int(said['id']))

    async def lets_in(self):
        invite = await self.owner.call('POST', f'/channels/{self.general_id}/invites', {})
        await self.stranger.call('POST', f"/invites/{invite['code']}", {})
        return await self.heard('member_join', lambda member: member.id == self.stranger.id)
