import { Client, Events, GatewayIntentBits } from 'discord.js'

const { GUILDHALL_URL = 'http://127.0.0.1:3000', BOT_TOKEN } = process.env
const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits

const client = new Client({
  rest: { api: `${GUILDHALL_URL}/api` },
  intents: [Guilds, GuildMessages, MessageContent],
})
client.once(Events.ClientReady, ({ user }) => console.log(`${user.username} is ready`))
client.on(Events.MessageCreate, async (message) => {
  if (message.content === 'ping') await message.reply('pong')
})
await client.login(BOT_TOKEN)
