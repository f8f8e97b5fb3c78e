import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const BOT = fileURLToPath(new URL('bot.mjs', import.meta.url))

let server: TestServer
let ada: Person
let general: string
let bot: ChildProcess
let output = ''
beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  const guild = await newGuild(ada)
  general = guild.general
  const { token } = await newBot(ada, guild.id, '0')
  bot = spawn(process.execPath, [BOT], {
    env: { ...process.env, GUILDHALL_URL: server.http, BOT_TOKEN: token },
  })
  for (const stream of [bot.stdout, bot.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  await eventually('the bot is ready', () => output.includes('is ready'), 20_000)
})
afterAll(async () => {
  if (bot.exitCode === null) {
    bot.kill()
    await once(bot, 'exit')
  }
  await server.stop()
})

test('the example answers ping, and nothing else', async () => {
  const say = (content: string) => ada.expect('POST', `/channels/${general}/messages`, { content })
  await say('hello')
  const ping = await say('ping')
  const pong = await eventually('an answer', async () => {
    const messages = (await ada.expect('GET', `/channels/${general}/messages`)) as { content: string }[]
    return messages.find(({ content }) => content === 'pong')
  })
  expect(pong).toMatchObject({ type: 19, author: { bot: true }, message_reference: { message_id: ping.id } })
  const { length } = await ada.expect('GET', `/channels/${general}/messages`)
  expect(length).toBe(3)
  expect(output.trim()).toBe('A bot is ready')
})
