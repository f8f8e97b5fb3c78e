/** The environment of the process. Everything else takes what it needs of it as an argument. */
export const environment: Readonly<Record<string, string | undefined>> = process.env
