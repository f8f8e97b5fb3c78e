import { isIP } from 'node:net'

/**
 * Is a `Host` one by which a machine's own people reach it: an address, localhost, or the host of the public URL? A page
 * from elsewhere can have its own name lead here (DNS rebinding) and would then be of the same origin as what it reads.
 */
export function isOwnHost(header: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(`http://${header}`)) return false
  const { hostname } = new URL(`http://${header}`)
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
  return isAddress || hostname === 'localhost' || hostname === new URL(publicUrl).hostname
}
