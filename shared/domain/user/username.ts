/** May a person be called so? Bots have the names of applications. */
export const isUsername = (text: string): boolean => /^[a-z0-9_.]{2,32}$/.test(text) && !text.includes('..')
