/** What a mail server said, for logs: at most 200 characters, and nobody's address. */
export const withoutAddresses = (text: string): string =>
  text
    .replace(/[^\s<>"']*@[^\s<>"']*/g, '…')
    .replace(/\s+/g, ' ')
    .slice(0, 200)
