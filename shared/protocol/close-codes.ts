/** The codes with which the gateway closes a connection, by Discord's names. Numbers are never reused. */
export const CloseCode = {
  UNKNOWN_ERROR: 4000,
  UNKNOWN_OPCODE: 4001,
  DECODE_ERROR: 4002,
  NOT_AUTHENTICATED: 4003,
  AUTHENTICATION_FAILED: 4004,
  ALREADY_AUTHENTICATED: 4005,
  /** Never sent: it makes eris and oceanic.js resume with seq 0. An impossible `seq` is answered with op 9. */
  INVALID_SEQ: 4007,
  RATE_LIMITED: 4008,
  SESSION_TIMED_OUT: 4009,
  INVALID_SHARD: 4010,
  SHARDING_REQUIRED: 4011,
  INVALID_API_VERSION: 4012,
  INVALID_INTENTS: 4013,
  DISALLOWED_INTENTS: 4014,
} as const

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

const RESUMABLE: ReadonlySet<CloseCode> = new Set([
  CloseCode.UNKNOWN_ERROR,
  CloseCode.UNKNOWN_OPCODE,
  CloseCode.DECODE_ERROR,
  CloseCode.ALREADY_AUTHENTICATED,
  CloseCode.RATE_LIMITED,
])

/** Does the session outlive this close, so that RESUME finds it? The others end it, or there was none. */
export const isResumable = (code: CloseCode): boolean => RESUMABLE.has(code)

/** A client that closes with 1000 or 1001 means it: its session ends at once. Any other end of a connection keeps it. */
export const endsSession = (clientCode: number): boolean => clientCode === 1000 || clientCode === 1001
