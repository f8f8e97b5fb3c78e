/** A 64-bit id in decimal digits. Its upper 42 bits are milliseconds since Discord's epoch. */
export type Snowflake = string & { readonly __snowflake: unique symbol }

/** A place in the event log. Positions grow, never repeat, and stay below 2^53. 0 is before the first event. */
export type Position = number & { readonly __position: unique symbol }

export const START = 0 as Position
export const asPosition = (value: number | string): Position => Number(value) as Position

/** Milliseconds from the Unix epoch to Discord's. Libraries compute creation times from it. */
export const DISCORD_EPOCH = 1_420_070_400_000

const LARGEST = 0x7fff_ffff_ffff_ffffn

/** Is this what a client may send as an id: decimal digits of a positive signed 64-bit integer? */
export function isSnowflake(value: string): value is Snowflake {
  return /^[0-9]{1,19}$/.test(value) && BigInt(value) <= LARGEST
}

export const asSnowflake = (value: string): Snowflake => value as Snowflake

/** The time an id was made, in milliseconds since the Unix epoch. */
export const snowflakeTime = (id: Snowflake): number => Number(BigInt(id) >> 22n) + DISCORD_EPOCH

/** Discord's shard formula: (id >> 22) mod count. Slots of the log use it with count = 256. */
export const shardOf = (id: Snowflake, count: number): number => Number((BigInt(id) >> 22n) % BigInt(count))

/** The first id that can be made at a time, for comparisons "older than". */
export const firstIdAt = (ms: number): Snowflake =>
  String(BigInt(Math.max(0, ms - DISCORD_EPOCH)) << 22n) as Snowflake

/** Orders ids numerically; decimal strings of equal length compare as they are. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
