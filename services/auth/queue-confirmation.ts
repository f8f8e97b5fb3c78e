import { hashToken } from '#shared/protocol/tokens.ts'
import type { Tx } from '#shared/store/database.ts'
import { issueEmailToken } from './email-tokens.ts'
import { knownAddressMail } from './known-address-mail.ts'
import { queueMail } from './mail-queue.ts'
import { verificationMail } from './verification-mail.ts'

/**
 * Queues the mail by which an account confirms its address. Where another account has confirmed that address, its
 * owner is told so instead: the same statements, so that only who reads the mail can tell.
 */
export async function queueConfirmation(
  tx: Tx,
  account: { id: string; username: string; email: string },
  publicUrl: string,
  now: number,
): Promise<void> {
  const { id, username, email } = account
  const token = await issueEmailToken(tx, id, 'verify', now)
  const owner = await tx
    .selectFrom('users')
    .select('username')
    .where((on) => on(on.fn('lower', ['email']), '=', on.fn('lower', [on.val(email)])))
    .where('verified', '=', true)
    .executeTakeFirst()
  const mail = owner
    ? knownAddressMail(email, owner.username)
    : verificationMail(email, username, publicUrl, token)
  await queueMail(tx, mail, hashToken(token))
}
