/** Milliseconds. Ten days of the busiest channels stay below what a partition should hold. */
const SPAN = 864_000_000n

/** The bucket of a message, by the time in its id. It is stored: never change it. */
export const bucketOf = (id: string): number => Number((BigInt(id) >> 22n) / SPAN)
