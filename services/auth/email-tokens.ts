import { hashToken, newSecret } from '#shared/protocol/tokens.ts'
import type { Tx } from '#shared/store/database.ts'

const LIFETIME_MS = 24 * 3_600_000

/** A new confirmation token; earlier ones stop working. Only its hash is kept. */
export async function issueEmailToken(tx: Tx, userId: string, now: number): Promise<string> {
  const token = newSecret()
  await tx.deleteFrom('email_tokens').where('user_id', '=', userId).where('purpose', '=', 'verify').execute()
  await tx
    .insertInto('email_tokens')
    .values({
      hash: hashToken(token),
      user_id: userId,
      purpose: 'verify',
      created_at: new Date(now),
      expires_at: new Date(now + LIFETIME_MS),
    })
    .execute()
  return token
}

/** Takes the token: it works once. */
export async function redeemEmailToken(tx: Tx, token: string, now: number): Promise<boolean> {
  const row = await tx
    .deleteFrom('email_tokens')
    .where('hash', '=', hashToken(token))
    .where('expires_at', '>', new Date(now))
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}
