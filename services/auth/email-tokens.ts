import { hashToken, newSecret } from '#shared/protocol/tokens.ts'
import type { Tx } from '#shared/store/database.ts'

/** What the links of mails are for, and how long they work. */
const LIFETIME_MS = { verify: 24 * 3_600_000, reset: 3_600_000 }
type Purpose = keyof typeof LIFETIME_MS

/** A new token; earlier ones for the same purpose stop working. Only its hash is kept. */
export async function issueEmailToken(
  tx: Tx,
  userId: string,
  purpose: Purpose,
  now: number,
): Promise<string> {
  const token = newSecret()
  await tx.deleteFrom('email_tokens').where('user_id', '=', userId).where('purpose', '=', purpose).execute()
  await tx
    .insertInto('email_tokens')
    .values({
      hash: hashToken(token),
      user_id: userId,
      purpose,
      created_at: new Date(now),
      expires_at: new Date(now + LIFETIME_MS[purpose]),
    })
    .execute()
  return token
}

/** Whose the token is; undefined: it does not work, or not any more. */
export async function findEmailToken(
  db: Pick<Tx, 'selectFrom'>,
  token: string,
  purpose: Purpose,
  now: number,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('email_tokens')
    .select('user_id')
    .where('hash', '=', hashToken(token))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', new Date(now))
    .executeTakeFirst()
  return row?.user_id
}

/** Takes the token: it works once. */
export async function redeemEmailToken(
  tx: Tx,
  token: string,
  purpose: Purpose,
  now: number,
): Promise<boolean> {
  const row = await tx
    .deleteFrom('email_tokens')
    .where('hash', '=', hashToken(token))
    .where('purpose', '=', purpose)
    .where('expires_at', '>', new Date(now))
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}
