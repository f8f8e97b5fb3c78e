import { expect } from 'vitest'
import {
  Caller,
  join,
  newBot,
  newGuild,
  newPerson,
  type Observer,
  type Person,
} from '#test/support/people.ts'

/** An id of the right form that is nobody's. */
export const NOBODY = '1000000000000000001'
export const VIEW_CHANNEL = String(1 << 10)
export const FORM = 50_035

/** Those who act in the tests of the wire. */
export interface Cast {
  readonly anyone: Caller
  /** Owns the guild. */
  readonly ada: Person
  /** Is a member without roles. */
  readonly bob: Person
  /** Is no member of anything. */
  readonly stranger: Person
  /** Has not confirmed an address. */
  readonly unverified: Caller
  /** An administrator of the guild. */
  readonly bot: Caller & { readonly id: string; readonly token: string }
  readonly guild: { readonly id: string; readonly general: string }
  /** A channel that ada sees, and bob does not. */
  readonly hidden: string
}

export async function newCast(base: string, observe: Observer): Promise<Cast> {
  const anyone = new Caller(base, undefined, observe)
  const ada = await newPerson(base, 'ada', anyone)
  const bob = await newPerson(base, 'bob', anyone)
  const stranger = await newPerson(base, 'stranger', anyone)
  const account = { username: 'unverified', email: 'unverified@example.org', password: 'correct horse' }
  const unverified = anyone.as((await anyone.expect('POST', '/auth/register', account)).token)
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const { token, applicationId: id } = await newBot(ada, guild.id)
  const bot = Object.assign(anyone.as(`Bot ${token}`), { id, token })
  const permission_overwrites = [{ id: guild.id, type: 0, deny: VIEW_CHANNEL }]
  const fields = { name: 'hidden', permission_overwrites }
  const { id: hidden } = await ada.expect('POST', `/guilds/${guild.id}/channels`, fields)
  return { anyone, ada, bob, stranger, unverified, bot, guild, hidden }
}

/** The request is refused with this code of the catalogue; a form, with what is wrong at which field. */
export async function refused(
  code: number,
  caller: Caller,
  method: string,
  path: string,
  body?: unknown,
  field?: string,
): Promise<void> {
  const exchange = await caller.request(method, path, body)
  const { errors, ...rest } = exchange.body
  expect({ ...rest, status: exchange.status, field: errors && Object.keys(errors)[0] }).toEqual({
    code,
    message: expect.any(String),
    status: statusOf(code),
    field,
  })
}

const FORBIDDEN = new Set([20_001, 20_002, 40_007, 50_001, 50_003, 50_005, 50_007, 50_013, 50_021])

function statusOf(code: number): number {
  if (FORBIDDEN.has(code)) return 403
  return code < 20_000 ? 404 : 400
}
