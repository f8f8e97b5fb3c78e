"""The scenario with discord.py. Ends with 0 when every step was right and the library complained of nothing."""

import asyncio
import sys
import traceback

import world  # first: it decides how discord.py compresses
import discord

import message_steps
import people_steps
import structure_steps

STEPS = structure_steps.STEPS + people_steps.STEPS + message_steps.STEPS


async def main():
    client = world.new_client()
    failures = []
    async with world.aiohttp.ClientSession() as session:
        running = asyncio.create_task(client.start(world.SETTING['token']))
        await client.heard('ready', within=60)  # it waits between shards, and for guilds
        here = world.World(client, session)
        for title, run in STEPS:
            client.begun = len(client.events)
            try:
                await asyncio.wait_for(run(here), 30)
            except Exception:
                failures.append(f'{title}: {traceback.format_exc()}')
        await client.close()
        await asyncio.gather(running, return_exceptions=True)
    for said in failures + world.complaints:
        print(said, file=sys.stderr)
    compression = discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE
    if compression != world.SETTING['compress']:
        failures.append(f'it compresses by {compression}')
    wrong = len(failures) + len(world.complaints)
    print(f'discord.py {discord.__version__}, {compression}, {world.SETTING["shards"]} shards: '
          f'{len(STEPS)} steps, {wrong} wrong')
    return 1 if wrong else 0


sys.exit(asyncio.run(main()))
