import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { join, newBot, newGuild, newPerson } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

/** Kept from one run to the next. */
const VENV = path.join(tmpdir(), 'guildhall-discord-py')
const PYTHON = path.join(VENV, 'bin/python')
const WAYS = [
  { compress: 'zlib-stream', shards: 1 },
  { compress: 'zlib-stream', shards: 4 },
  { compress: 'zstd-stream', shards: 1 },
  { compress: 'zstd-stream', shards: 4 },
] as const

/** Why the newest discord.py cannot be had here; undefined when it can. */
function missing(): string | undefined {
  const run = (program: string, ...args: string[]) =>
    spawnSync(program, args, { encoding: 'utf8', timeout: 180_000 })
  if (run('python3', '--version').status !== 0) return 'there is no python3'
  if (!existsSync(PYTHON) && run('python3', '-m', 'venv', VENV).status !== 0) return 'python3 has no venv'
  const install = run(PYTHON, '-m', 'pip', 'install', '--quiet', '--upgrade', 'discord.py', 'zstandard')
  if (install.status === 0) return undefined
  return `pip does not install it: ${install.stderr.trim().split('\n').at(-1)}`
}

/** The scenario in one way. @returns whether all was right */
async function runs(server: TestServer, { compress, shards }: (typeof WAYS)[number]): Promise<boolean> {
  const { http, gateway } = server
  const [ada, bob, cy] = [
    await newPerson(http, 'ada'),
    await newPerson(http, 'bob'),
    await newPerson(http, 'cy'),
  ]
  const { id: guild, general } = await newGuild(ada, 'Tea room')
  await join(ada, bob, general)
  const { token, applicationId } = await newBot(ada, guild)
  for (let n = 1; n < shards; n++) {
    const { id } = await newGuild(ada, `Annex ${n}`)
    const authorization = { guild_id: id, permissions: '8', authorize: true }
    await ada.expect('POST', `/oauth2/authorize?client_id=${applicationId}`, authorization)
  }
  const people = [ada, bob, cy].map(({ id, token }) => ({ id, token }))
  const setting = { http, gateway, token, guild, general, people, compress, shards }
  const child = spawn(PYTHON, [path.join(import.meta.dirname, 'scenario.py')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SETTING: JSON.stringify(setting), PYTHONDONTWRITEBYTECODE: '1' },
  })
  const [code] = await once(child, 'exit')
  return code === 0
}

const reason = missing()
if (reason) {
  process.stdout.write(`discord.py: not run: ${reason}\n`)
} else {
  const server = await startServer()
  try {
    // In CI the first and the last tell most of it: a discord.py waits five seconds for each shard.
    for (const way of process.env.CI ? [WAYS[0], WAYS[3]] : WAYS)
      if (!(await runs(server, way))) process.exitCode = 1
  } finally {
    await server.stop()
  }
}
