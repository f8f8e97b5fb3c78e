export interface KnownGuild {
  readonly id: string
  readonly roles: string[]
  readonly channels: string[]
}

/** What a random sequence of calls has made so far, to draw from; seldom something that is not there. */
export class Known {
  readonly people: readonly string[]
  readonly bot: string
  readonly guilds: KnownGuild[] = []
  readonly directs: string[] = []
  readonly invites: string[] = []
  readonly #random: () => number

  constructor(random: () => number, people: readonly string[], bot: string) {
    this.#random = random
    this.people = people
    this.bot = bot
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** Mostly the owner of the guilds. */
  actor(): string {
    return this.chance(0.8) ? (this.people[0] as string) : this.person()
  }

  person(): string {
    return this.chance(0.1) ? this.bot : this.one(this.people)
  }

  guild(): KnownGuild {
    return (!this.chance(0.03) && this.one(this.guilds.slice(-3))) || { id: '999', roles: [], channels: [] }
  }

  role({ roles }: KnownGuild): string {
    return (!this.chance(0.03) && this.one(roles)) || '998'
  }

  channel({ channels }: KnownGuild = this.guild()): string {
    return (!this.chance(0.03) && this.one(channels)) || '997'
  }

  direct(): string {
    return this.one(this.directs) || '996'
  }

  invite(): string {
    return this.one(this.invites.slice(-4)) || 'none'
  }

  name(): string {
    return `name-${this.below(1_000)}`
  }

  permissions(): string {
    return String(this.below(2 ** 20))
  }
}
