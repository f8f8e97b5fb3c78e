import { Client, Events, GatewayIntentBits } from 'discord.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { join, newBot, newGuild, newPerson } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})

test('a bot answers a person', async () => {
  const ada = await newPerson(server.http, 'ada')
  const bob = await newPerson(server.http, 'bob')
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const bot = await newBot(ada, guild.id)
  const client = new Client({
    rest: { api: `${server.http}/api` },
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
      GatewayIntentBits.GuildMembers,
    ],
  })
  client.on('warn', console.log)
  client.on('error', console.log)
  client.on('debug', (x) => process.env.DBG && console.log(x))
  await client.login(bot.token)
  if (!client.isReady()) await new Promise((r) => client.once(Events.ClientReady, r))
  console.log(
    'ready',
    client.guilds.cache.size,
    client.guilds.cache.first()?.channels.cache.size,
    client.guilds.cache.first()?.members.cache.size,
  )
  client.on(Events.MessageCreate, async (m) => {
    if (m.author.bot) return
    const r = await m.reply('pong')
    await r.edit('pong!')
    await r.react('👍')
    await m.channel.send({ content: 'file', files: [{ attachment: Buffer.from('hello'), name: 'a.txt' }] })
    const h = await m.channel.messages.fetch({ limit: 10 })
    console.log(h.map((x) => [x.type, x.content, x.attachments.first()?.url]))
    await r.delete()
    done(null)
  })
  let done!: (x: unknown) => void
  const p = new Promise((r) => {
    done = r
  })
  await bob.expect('POST', `/channels/${guild.general}/messages`, { content: 'ping' })
  await p
  const found = await bob.expect('GET', `/guilds/${guild.id}/messages/search?content=ping`)
  console.log(JSON.stringify(found).slice(0, 300))
  expect(found.total_results).toBe(1)
  await client.destroy()
}, 20_000)
