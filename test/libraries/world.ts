import { expect } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import type { Person } from '#test/support/people.ts'
import type { Caches, Form, Heard, Library } from './library.ts'

/** What a run of the scenario has: a library, people who speak plain HTTP, and what has been made so far. */
export class World {
  readonly lib: Library
  readonly gateway: string
  readonly guildId: string
  /** The channel that was there from the beginning. */
  readonly general: string
  readonly owner: Person
  readonly guest: Person
  /** Somebody who is not in the guild yet. */
  readonly stranger: Person
  /** Ids of what earlier steps made. */
  readonly made: Record<string, string> = {}
  readonly heard: Heard[] = []
  #from = 0

  constructor(
    given: Pick<World, 'lib' | 'gateway' | 'guildId' | 'general' | 'owner' | 'guest' | 'stranger' | 'heard'>,
  ) {
    this.lib = given.lib
    this.gateway = given.gateway
    this.guildId = given.guildId
    this.general = given.general
    this.owner = given.owner
    this.guest = given.guest
    this.stranger = given.stranger
    this.heard = given.heard
  }

  /** A new step begins: what was heard before it does not count for it. */
  begins(): void {
    this.#from = this.heard.length
  }

  /** The id of what an earlier step made. */
  id(name: string): string {
    const id = this.made[name]
    if (id === undefined) throw new Error(`no step has made ${name}`)
    return id
  }

  /** Waits for an event of this step that has these fields, and gives it. */
  async hears(t: string, fields: Form = {}): Promise<Form> {
    const fits = ({ d }: Heard) => has(d, fields)
    const ofThisStep = () => this.heard.slice(this.#from).filter((event) => event.t === t)
    try {
      return (await eventually(t, () => ofThisStep().find(fits), 30_000)).d
    } catch {
      // It says in what the nearest one differs.
      expect(ofThisStep().at(-1)?.d, `${t} has not come`).toMatchObject(fields)
      throw new Error(`${t} came too late`)
    }
  }

  /** What is in the library's cache must have these fields now; null: nothing may be there. */
  cached(of: (caches: Caches) => Form | undefined, fields: Form | null): void {
    if (!this.lib.caches) return
    const now = of(this.lib.caches)
    if (fields === null) expect(now, 'cached').toBeUndefined()
    else expect(now, 'cached').toMatchObject(fields)
  }

  /** The guest says something; gives the message as the library hears it. */
  async guestSays(content: string, channelId = this.general): Promise<Form & { id: string }> {
    const { id } = await this.guest.expect('POST', `/channels/${channelId}/messages`, { content })
    const said = await this.hears('MESSAGE_CREATE', { id })
    expect(said).toMatchObject({ content, channelId, authorId: this.guest.id })
    return { ...said, id }
  }
}

function has(form: Form, fields: Form): boolean {
  try {
    expect(form).toMatchObject(fields)
    return true
  } catch {
    return false
  }
}

/** One step of the scenario. It says by `expect` what has to be answered, heard and held. */
export type Step = readonly [title: string, run: (w: World) => Promise<void>]
