import type { Setting } from './setting.ts'

const most = <const N extends string>(name: N, usual: `${number}`, of: string) =>
  ({
    env: `GUILDHALL_RATE_LIMIT_${name}`,
    type: 'integer',
    min: 1,
    max: 1_000_000,
    default: usual,
    description: `The most ${of}.`,
  }) as const satisfies Setting

const rate = <const N extends string>(name: N, usual: `${number}`, of: string) =>
  most(name, usual, `${of}, of one caller in one guild or channel, or outside of them`)

/** How much one caller may ask for, and one address be refused. */
export const rates = {
  global: most('GLOBAL', '50', 'requests of all kinds, in a second, of one caller'),
  buckets: {
    read: rate('READ', '50', 'reads, in a second'),
    write: rate('WRITE', '20', 'changes, in 5 s'),
    messages: rate('MESSAGES', '10', 'messages sent, edited or deleted, in 5 s'),
    reactions: rate('REACTIONS', '10', 'reactions, in 2.5 s'),
    typing: rate('TYPING', '5', 'typing notices, in 5 s'),
    acks: rate('ACKS', '20', 'acknowledgements of what was read, in 5 s'),
    search: rate('SEARCH', '10', 'searches, in 5 s'),
    accounts: rate('ACCOUNTS', '30', 'requests about accounts, in a minute'),
    creations: rate(
      'CREATIONS',
      '30',
      'guilds, applications, conversations, emojis, friend requests and joins, in a minute',
    ),
    logins: most('LOGINS', '10', 'logins that are tried with one name from one address, in 15 minutes'),
    mails: most(
      'MAILS',
      '5',
      'mails to one address to confirm it, and as many for new passwords, in an hour',
    ),
  },
  refusals: {
    most: {
      env: 'GUILDHALL_REFUSALS_MAX',
      type: 'integer',
      min: 1,
      max: 1_000_000_000,
      default: '10000',
      description:
        "The most answers of 401, 403 and 429 to one address, in the time of `GUILDHALL_REFUSALS_WINDOW_SECONDS`; then it is shut out for as long. Behind a proxy set `GUILDHALL_TRUSTED_PROXIES`, or its address is everybody's.",
    },
    windowMs: {
      env: 'GUILDHALL_REFUSALS_WINDOW_SECONDS',
      type: 'duration',
      unit: 's',
      min: 1,
      max: 86_400,
      default: '600',
      description: 'The time in which refusals of an address are counted, and for which it is then shut out.',
    },
  },
} as const
