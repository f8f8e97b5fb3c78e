import { hashToken } from '#shared/protocol/tokens.ts'
import type { SimulatedPostgres } from './simulated-postgres.ts'

/** A verified person, who is logged in with the token. */
export function seedPerson(postgres: SimulatedPostgres, id: string, username: string, token: string): void {
  const email = `${username}@example.org`
  postgres.insert('users', { id, username, email, verified: true })
  postgres.insert('tokens', { hash: hashToken(token), user_id: id })
}

/** An application (flags: privileged intents that it may use) whose bot has the same id, and the bot's token. */
export function seedBot(
  postgres: SimulatedPostgres,
  id: string,
  name: string,
  token: string,
  application: { readonly ownerId: string; readonly flags: number },
): void {
  postgres.insert('users', { id, username: name, bot: true, verified: true })
  postgres.insert('applications', {
    id,
    bot_id: id,
    owner_id: application.ownerId,
    name,
    flags: application.flags,
  })
  postgres.insert('tokens', { hash: hashToken(token), user_id: id, application_id: id })
}
