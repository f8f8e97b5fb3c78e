import type { OwnSession } from '../presence-update.ts'

/** One of `sessions` in READY, and of SESSIONS_REPLACE. Which system a client runs on is not kept. */
export const ownSessionObject = ({ session_id, status, activities, platform, afk }: OwnSession) => ({
  session_id,
  status,
  activities,
  client_info: { client: platform, os: 'unknown', version: 0 },
  active: !afk,
})
