import type { IForbiddenRuleType } from 'dependency-cruiser'

/** Tests stand beside what they test, and may use anything. */
const TESTS = '(^test/|^examples/|\\.test\\.ts$)'

/** Run by hand or by the build, with the tools of the build. */
const BUILD_TOOLS = ['^config/build\\.ts$', '^db/generate-types\\.ts$']

/** The composition root of a process, where adapters are chosen. */
const COMPOSITION = '/(main|compose|open)\\.ts$'

/** Modules of `shared/<name>` import only from there and from the folders named. */
const layer = (name: string, allowed: string[], comment: string): IForbiddenRuleType => ({
  name: `${name}-layer`,
  comment,
  severity: 'error',
  from: { path: `^shared/${name}/`, pathNot: TESTS },
  to: {
    path: '^(config|db|services|shared|web)/',
    pathNot: [`^shared/${name}/`, ...allowed.map((folder) => `^${folder}/`)],
  },
})

const pure = (name: string): IForbiddenRuleType => ({
  name: `${name}-pure`,
  comment: 'It does no I/O, so it imports neither packages nor what Node brings.',
  severity: 'error',
  from: { path: `^shared/${name}/`, pathNot: TESTS },
  to: { pathNot: '^shared/' },
})

const DOMAIN = ['shared/domain', 'shared/kernel']
const PORTS = ['shared/ports', 'shared/protocol', ...DOMAIN]
const OUTSIDE = ['config', 'db']
const NEVER_ADAPTERS = 'It works on ports; which adapter is behind them is for the composition to say.'

export const dependencyRules: IForbiddenRuleType[] = [
  layer('kernel', [], 'The kernel is at the bottom.'),
  layer('domain', ['shared/kernel'], 'The rules of the domain know nothing of how they are reached or kept.'),
  layer('protocol', DOMAIN, 'The protocol is about the domain, not about any port.'),
  layer('ports', ['shared/protocol', ...DOMAIN], 'A port speaks our language, not that of an adapter.'),
  layer('adapters', [...PORTS, ...OUTSIDE], 'An adapter knows its port and its technology.'),
  layer('platform', [...PORTS, ...OUTSIDE], NEVER_ADAPTERS),
  layer('store', ['shared/platform', ...PORTS, ...OUTSIDE], NEVER_ADAPTERS),
  layer('actors', ['shared/store', 'shared/platform', ...PORTS, ...OUTSIDE], NEVER_ADAPTERS),
  pure('kernel'),
  pure('domain'),
  {
    name: 'services-use-ports',
    comment: NEVER_ADAPTERS,
    severity: 'error',
    from: { path: '^services/', pathNot: [TESTS, COMPOSITION] },
    to: { path: '^shared/adapters/' },
  },
  {
    name: 'services-apart',
    comment: 'Services meet in the log and on the bus. Only standalone puts them together.',
    severity: 'error',
    from: { path: '^services/([^/]+)/', pathNot: [TESTS, '^services/standalone/'] },
    to: { path: '^services/', pathNot: '^services/$1/' },
  },
  {
    name: 'not-to-test',
    comment: 'What is shipped does not lean on what tests it.',
    severity: 'error',
    from: { pathNot: TESTS },
    to: { path: '(^test/|\\.test\\.ts$)' },
  },
  {
    name: 'not-to-dev-dependency',
    comment: 'It is not there after npm ci --omit=dev.',
    severity: 'error',
    from: { pathNot: [TESTS, ...BUILD_TOOLS] },
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'no-cycle',
    comment: 'Modules of a cycle can only be understood together.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'resolvable',
    comment: 'An import that is not found hides an edge from all other rules.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
]
