import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '#test/support/server.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const END = '--- end of a block'
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'docs/architecture.md',
  'docs/life-of-a-message.md',
  'docs/operations.md',
]
const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8')

/** The blocks of shell commands in a section, each with the output that follows it on the page. */
function commandsIn(section: string): { commands: string; output: string }[] {
  const [, text = ''] = readme.split(`\n## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  const blocks = own.matchAll(/```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs)
  return [...blocks].map(([, commands = '', output = '']) => ({ commands, output }))
}

/** `…` on the page stands for what differs from run to run. */
function asPattern(output: string): RegExp {
  const parts = output.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^"]+')}$`)
}

test('the five-minute walk of README.md goes as written', async (context) => {
  if (spawnSync('curl', ['--version']).error) context.skip('curl is not installed')
  const walk = commandsIn('A five-minute walk')
  expect(walk.length).toBeGreaterThan(5)
  const server = await startServer({ env: { GUILDHALL_RATE_LIMITS: 'on' } })
  onTestFinished(async () => {
    await server.stop()
  })
  const script = walk.map(({ commands }) => `${commands}echo '${END}'\n`).join('')
  const output = await runShell(script.replaceAll('http://127.0.0.1:3000', server.http))
  const outputs = output.split(`${END}\n`)
  for (const [index, { commands, output }] of walk.entries())
    expect(outputs[index], commands).toMatch(asPattern(output))
  expect(outputs.at(-1)).toBe('')
}, 90_000)

test('the bot in README.md is the one in the folder', async () => {
  expect(readme).toContain(
    `\`\`\`js\n${await readFile(path.join(ROOT, 'examples/ping-bot/bot.mjs'), 'utf8')}\`\`\``,
  )
})

test.each(PAGES)('%s names only files that are there', async (page) => {
  const text = await readFile(path.join(ROOT, page), 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) =>
    path.join(path.dirname(page), link),
  )
  const paths = [...text.matchAll(/`((?:config|db|docs|examples|services|shared|test|web)\/[\w./-]+)`/g)]
  const named = [...links, ...paths.map(([, name = '']) => name)]
  expect(named.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([])
})

/** What the commands print, standard error included, in a folder from which the examples can be reached. */
async function runShell(script: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'guildhall-walk-'))
  await symlink(path.join(ROOT, 'examples'), path.join(folder, 'examples'))
  const shell = spawn('sh', ['-s'], { cwd: folder, detached: true })
  // A command that waits for what never comes, and the bot, end with the test.
  const end = () => {
    try {
      process.kill(-(shell.pid as number), 'SIGKILL')
    } catch {
      // all of them have ended
    }
  }
  const timer = setTimeout(end, 60_000)
  let output = ''
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  shell.stdin.end(script)
  await once(shell, 'close')
  clearTimeout(timer)
  end()
  await rm(folder, { recursive: true })
  return output
}
