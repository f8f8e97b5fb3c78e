/**
 * ISO 8601 with microseconds and offset, as in `2026-01-02T03:04:05.678000+00:00`: discord.py parses no other form.
 * @param ms whole milliseconds since the Unix epoch; throws a RangeError for what is no date
 */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, -1)}000+00:00`
