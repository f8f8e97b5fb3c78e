import type { Chance } from './chance.ts'

const BOUNDARY = 'fuzz-boundary'

const NAMES = [
  'files[0]',
  'files[1]',
  'files[99999]',
  'file',
  'files[]',
  '__proto__',
  '',
  'payload_json',
  'a"b',
  'attachments',
]
const FILENAMES = [
  'a.txt',
  '',
  '../../x',
  'x'.repeat(300),
  'ä漢😀.png',
  '.',
  'a\\b',
  '__proto__',
  'SPOILER_x.gif',
]

/** The JSON with files beside it, as libraries send it, or nearly so. */
export function multipartBody(
  json: string,
  isBroken: boolean,
  chance: Chance,
): { body: Buffer; headers: Record<string, string> } {
  const part = (head: string, body: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`
  const file = () => {
    const filename = chance.is(0.9) ? `; filename="${chance.pick(FILENAMES)}"` : ''
    const type = chance.is(0.5)
      ? `\r\ncontent-type: ${chance.pick(['image/png', 'text/html', 'x', '', 'application/json'])}`
      : ''
    return part(`name="${chance.pick(NAMES)}"${filename}${type}`, 'x'.repeat(chance.pick([0, 1, 3_000])))
  }
  const parts = [
    ...(chance.is(0.8) ? [part('name="payload_json"', json)] : []),
    ...Array.from({ length: chance.pick([0, 1, 1, 2, 12]) }, file),
    ...(chance.is(0.2) ? [part('name="content"', 'plain')] : []),
  ]
  const whole = Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`)
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
  if (!isBroken) return { body: whole, headers }
  switch (chance.between(0, 5)) {
    case 0:
      return { body: whole.subarray(0, chance.between(0, whole.length)), headers }
    case 1:
      return { body: whole, headers: { 'content-type': 'multipart/form-data' } }
    case 2:
      return { body: whole, headers: { 'content-type': 'multipart/form-data; boundary=another' } }
    case 3:
      return { body: Buffer.from(whole.toString().replaceAll('\r\n', '\n')), headers }
    case 4:
      return { body: Buffer.from(whole.toString().replaceAll('form-data; name', 'form-data; nam')), headers }
    default:
      return {
        body: Buffer.from(`--${BOUNDARY}\r\n${'x: y\r\n'.repeat(3_000)}\r\n\r\n--${BOUNDARY}--`),
        headers,
      }
  }
}
