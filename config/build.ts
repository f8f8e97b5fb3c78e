import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import tsBlankSpace from 'ts-blank-space'
import ts from 'typescript'
import { command } from './command.ts'

const HELP = `npm run build
Makes dist/, which Node runs as it is: node dist/services/standalone/main.js
Then checks that all that its modules import is there. Exits with 1 when something is not.`

const FOLDERS = ['config', 'db', 'services', 'shared', 'web']
const NOT_SHIPPED = [
  /\.test\.ts$/,
  /\.md$/,
  /\/fixtures\//,
  /^config\/(build|reference)\.ts$/,
  /^config\/biome\.json$/,
  /^db\/generate-types\.ts$/,
]
/** These strip the types where there is no build. */
const STRIPPERS = ['ts-blank-space', 'typescript']

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly imports: Readonly<Record<string, string>>
}

/**
 * Makes `out` of the sources in `root`: modules without types, the files that stand among them, and a
 * package.json. Only the folders that it makes are replaced in `out`: data of a server may be there too.
 *
 * @returns what is wrong with the outcome, in words
 */
export async function build(root: string, out: string, progress: (line: string) => void): Promise<string[]> {
  const problems: string[] = []
  const modules = new Map<string, string>()
  let copied = 0
  for (const folder of FOLDERS) {
    await rm(join(out, folder), { recursive: true, force: true })
    for (const file of await filesIn(root, folder)) {
      await mkdir(dirname(join(out, file)), { recursive: true })
      if (file.endsWith('.ts') && folder !== 'web') {
        const stripped = tsBlankSpace(await readFile(join(root, file), 'utf8'), (node) =>
          problems.push(`${file}: ${ts.SyntaxKind[node.kind]} is more than a type`),
        )
        const text = importingJs(stripped)
        modules.set(toJs(file), text)
        await writeFile(join(out, toJs(file)), text)
      } else {
        await cp(join(root, file), join(out, file))
        copied++
      }
    }
  }
  const manifest = shipped(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  progress(`${modules.size} modules and ${copied} other files in ${out}`)

  let checked = 0
  for (const [file, text] of modules) {
    for (const specifier of referencesOf(text)) {
      checked++
      if (!resolves(specifier, file, out, manifest)) problems.push(`${file}: ${specifier} is not there`)
    }
  }
  progress(`${checked} imports checked`)
  return problems
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  if (!existsSync(join(root, folder))) return []
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !NOT_SHIPPED.some((pattern) => pattern.test(file)))
}

function shipped(manifest: Manifest): Manifest {
  const { name, version, license, type, engines, overrides } = manifest as Manifest & Record<string, unknown>
  const imports = Object.entries(manifest.imports).filter(([, to]) =>
    FOLDERS.some((at) => to === `./${at}/*`),
  )
  const dependencies = Object.entries(manifest.dependencies).filter(([name]) => !STRIPPERS.includes(name))
  return {
    ...{ name, version, license, private: true, type, engines },
    imports: Object.fromEntries(imports),
    dependencies: Object.fromEntries(dependencies),
    ...{ overrides },
  }
}

function toJs(name: string): string {
  return name.replace(/\.ts$/, '.js')
}

function importingJs(text: string): string {
  let result = ''
  let from = 0
  for (const { fileName, pos } of importsOf(text)) {
    const start = pos + 1
    result += text.slice(from, start) + toJs(fileName)
    from = start + fileName.length
  }
  return result + text.slice(from)
}

function importsOf(text: string): ts.FileReference[] {
  return ts.preProcessFile(text, true, true).importedFiles
}

/** Modules that a text imports, and files that it finds beside itself. */
function referencesOf(text: string): string[] {
  const besides = text.matchAll(/new URL\('([^']+)', import\.meta\.url\)/g)
  return [
    ...importsOf(text).map(({ fileName }) => fileName),
    ...[...besides].map(([, path]) => path as string),
  ]
}

function resolves(
  specifier: string,
  file: string,
  out: string,
  { imports, dependencies }: Manifest,
): boolean {
  if (specifier.startsWith('.')) return existsSync(join(out, dirname(file), specifier))
  if (specifier.startsWith('#')) {
    const [folder, ...rest] = specifier.split('/')
    const pattern = imports[`${folder}/*`]
    return pattern !== undefined && existsSync(join(out, pattern.replace('*', rest.join('/'))))
  }
  const [scope, name] = specifier.split('/')
  const packageName = specifier.startsWith('@') ? `${scope}/${name}` : (scope as string)
  return isBuiltin(specifier) || packageName in dependencies
}

await command(import.meta.url, {
  help: HELP,
  run: () => {
    const root = fileURLToPath(new URL('..', import.meta.url))
    return build(root, join(root, 'dist'), (line) => console.log(line))
  },
})
