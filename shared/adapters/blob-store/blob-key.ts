/** @throws on a key that could lead elsewhere: keys are made by us, so this is a bug */
export function checkBlobKey(key: string): void {
  if (key.includes('\0') || key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new Error('not a blob key')
  }
}
