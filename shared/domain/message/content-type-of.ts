const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  txt: 'text/plain',
  json: 'application/json',
  pdf: 'application/pdf',
  zip: 'application/zip',
}

const BYTES = 'application/octet-stream'

/** What a file is: as its sender says it, or by its name, as browsers call it, if he says nothing, or bytes. */
export function contentTypeOf(filename: string, said = BYTES): string {
  if (said !== BYTES && /^[\w.+-]+\/[\w.+-]+$/.test(said)) return said
  const extension = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase()
  return (extension !== undefined && Object.hasOwn(TYPES, extension) && TYPES[extension]) || BYTES
}
